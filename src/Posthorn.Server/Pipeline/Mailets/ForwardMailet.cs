using Posthorn.Messages;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Pipeline.Processors;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Pipeline.Mailets;

/// <summary>
/// <c>forward</c>: sends the mail, unaltered, to other addresses as a mail of its own that begins at the root; for its recipients here that is the end
/// (James's Forward). The sender stays unless another is named: a domain whose SPF allows us, say.
/// </summary>
internal sealed class ForwardMailet(IReadOnlyList<string> addresses, string? sender) : IMailet
{
    public ValueTask ExecuteAsync(MailContext mail, CancellationToken cancellationToken)
    {
        mail.Send(new NewMessage
        {
            Queue = SpoolQueues.Root,
            Content = mail.Content,
            // A bounce that is forwarded stays one: a named sender would make a circle of bounces.
            Envelope = mail.Envelope with { Sender = mail.Sender.Length == 0 ? "" : sender ?? mail.Sender, Recipients = Recipients(mail, addresses) },
            Attributes = PipelineRun.Cleaned(mail.State).Attributes,
            Priority = mail.Priority,
            DueAt = mail.Run.DueAt(mail.State),
            AcceptedAt = mail.AcceptedAt,
        });
        mail.End();
        return ValueTask.CompletedTask;
    }

    public static ForwardMailet? Create(MailetBinding binding)
    {
        if (binding.Value is not ConfigNode.Map)
            return binding.Texts("forward: a@b.example") is { } plain && plain.Count(binding.IsAddress) == plain.Count ? new ForwardMailet(Texts(plain), null) : null;

        var reader = ConfigReader.Open(binding.Value, binding.Errors);
        var to = reader.Items("to");
        var sender = reader.Items("sender").FirstOrDefault();
        reader.Close();
        if (to.Count == 0)
            binding.Refuse("names no address; write: forward: { to: a@b.example, sender: c@d.example }");
        return to.Count > 0 && to.Count(binding.IsAddress) == to.Count && (sender is null || binding.IsAddress(sender)) ? new ForwardMailet(Texts(to), sender?.Text) : null;
    }

    /// <summary>New recipients in the place of a mail's own. One that replaces one keeps what the sender asked for it (RFC 3461 5.2.7.1).</summary>
    public static IReadOnlyList<Recipient> Recipients(MailContext mail, IReadOnlyList<string> addresses)
    {
        var only = mail.Recipients.Count == 1 ? mail.Recipients[0] : null;
        return addresses.Select(address => only is null
            ? new Recipient(address)
            : only with { Address = address, OriginalRecipient = only.OriginalRecipient ?? $"rfc822;{only.Address}" }).ToArray();
    }

    private static string[] Texts(IReadOnlyList<ConfigNode.Scalar> scalars) => scalars.Select(s => s.Text).Distinct(StringComparer.OrdinalIgnoreCase).ToArray();
}
