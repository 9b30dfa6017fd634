using Posthorn.Server.Pipeline.Processors;

namespace Posthorn.Server.Pipeline.Mailets;

/// <summary><c>log</c>: writes a line to the log.</summary>
internal sealed class LogMailet(MailText text) : IMailet
{
    public async ValueTask ExecuteAsync(MailContext mail, CancellationToken cancellationToken) =>
        mail.Services.Log.Said(mail.Id, await text.FillAsync(mail, cancellationToken));

    public static LogMailet? Create(MailetBinding binding) =>
        binding.Text("log: \"mail from {sender}\"") is not null && binding.Template((Operate.Configuration.ConfigNode.Scalar)binding.Value) is { } text ? new LogMailet(text) : null;
}
