using Posthorn.Server.Pipeline.Processors;

namespace Posthorn.Server.Pipeline.Mailets;

/// <summary>A mailet that is one step and waits for nothing.</summary>
internal sealed class SimpleMailet(Action<MailContext> act) : IMailet
{
    public ValueTask ExecuteAsync(MailContext mail, CancellationToken cancellationToken)
    {
        act(mail);
        return ValueTask.CompletedTask;
    }
}
