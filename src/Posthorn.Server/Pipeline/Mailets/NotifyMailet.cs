using System.Text;
using Posthorn.Bodies;
using Posthorn.Messages;
using Posthorn.Protocols.Mime;
using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Pipeline.Processors;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Pipeline.Mailets;

/// <summary>
/// <c>notify</c>: writes a mail to someone about this one, which goes on. It has the null sender and says that a program wrote it (RFC 3834), and
/// is never written about a mail from the null sender: two servers that notify each other would never end.
/// </summary>
internal sealed class NotifyMailet(IReadOnlyList<string> to, bool isToSender, MailText subject, MailText text) : IMailet
{
    private const string Example = "notify: { to: postmaster, subject: \"large mail from {sender}\", text: \"It has {size} bytes.\" }";

    public async ValueTask ExecuteAsync(MailContext mail, CancellationToken cancellationToken)
    {
        if (mail.Sender.Length == 0)
            return;
        var hostname = mail.Services.Settings.Hostname;
        var addresses = to.Select(address => address == "postmaster" ? $"postmaster@{hostname}" : address).ToList();
        if (isToSender)
            addresses.Add(mail.Sender);
        var about = await mail.HeaderAsync(cancellationToken);
        var content = Write(
            mail,
            addresses,
            await subject.FillAsync(mail, cancellationToken),
            (await text.FillAsync(mail, cancellationToken)).ReplaceLineEndings("\r\n"),
            about["Message-ID"]?.Value);
        mail.Send(new NewMessage
        {
            Queue = SpoolQueues.Root,
            Content = Body.Of(content),
            Envelope = new Envelope("", addresses.Select(a => new Recipient(a)).ToArray()),
        });
    }

    public static NotifyMailet? Create(MailetBinding binding)
    {
        if (binding.Value is not ConfigNode.Map)
        {
            binding.Refuse($"takes whom to write to and what, like: {Example}");
            return null;
        }

        var reader = ConfigReader.Open(binding.Value, binding.Errors);
        var to = reader.Items("to");
        var (subject, text) = (reader.Items("subject").FirstOrDefault(), reader.Items("text").FirstOrDefault());
        reader.Close();
        if (to.Count == 0 || subject is null || text is null)
        {
            binding.Refuse($"needs to, subject and text, like: {Example}");
            return null;
        }

        var others = to.Where(t => t.Text is not "sender").ToArray();
        var areAddresses = others.Count(t => t.Text == "postmaster" || binding.IsAddress(t)) == others.Length;
        return areAddresses && binding.Template(subject) is { } subjectText && binding.Template(text) is { } bodyText
            ? new NotifyMailet(others.Select(t => t.Text).ToArray(), others.Length < to.Count, subjectText, bodyText)
            : null;
    }

    private static byte[] Write(MailContext mail, IEnumerable<string> to, string subject, string text, string? about)
    {
        var (id, now) = (mail.Id, mail.Run.Now);
        var hostname = mail.Services.Settings.Hostname;
        var body = Encoding.UTF8.GetBytes(text.EndsWith('\n') ? text : text + "\r\n");
        var encoding = MimeEncoder.Choose(body);
        var fields = new List<HeaderField>
        {
            HeaderField.Create("Date", MailDate.Format(now)),
            HeaderField.Create("From", $"Posthorn <postmaster@{hostname}>"),
            HeaderField.Create("To", string.Join(", ", to)),
            HeaderField.Create("Subject", subject),
            HeaderField.CreateRaw("Message-ID", $"<{id}.{now.ToUnixTimeMilliseconds()}@{hostname}>"),
            HeaderField.CreateRaw("Auto-Submitted", "auto-generated"),
            HeaderField.CreateRaw("MIME-Version", "1.0"),
            HeaderField.CreateRaw("Content-Type", "text/plain; charset=utf-8"),
            HeaderField.CreateRaw("Content-Transfer-Encoding", encoding switch
            {
                TransferEncoding.Base64 => "base64",
                TransferEncoding.QuotedPrintable => "quoted-printable",
                _ => "7bit",
            }),
        };
        if (about is not null)
            fields.Add(HeaderField.CreateRaw("References", about));

        using var bytes = new MemoryStream();
        foreach (var field in fields)
            bytes.Write(field.Raw.Span);
        bytes.Write("\r\n"u8);
        bytes.Write(encoding switch
        {
            TransferEncoding.Base64 => MimeEncoder.Base64(body),
            TransferEncoding.QuotedPrintable => MimeEncoder.QuotedPrintable(body),
            _ => body,
        });
        return bytes.ToArray();
    }
}
