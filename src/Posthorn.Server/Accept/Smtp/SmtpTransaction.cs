using Posthorn.Messages;
using Posthorn.Protocols.Smtp.Commands;
using Posthorn.Protocols.Smtp.Data;
using Posthorn.Protocols.Smtp.Paths;

namespace Posthorn.Server.Accept.Smtp;

/// <summary>One mail of a session, from MAIL to its end.</summary>
internal sealed class SmtpTransaction(string id, SmtpPath sender, MailParameters parameters, Priority priority) : IAsyncDisposable
{
    private HashSet<string>? _addresses;

    /// <summary>Names it in the trace header and the log.</summary>
    public string Id { get; } = id;

    public SmtpPath Sender { get; } = sender;

    public MailParameters Parameters { get; } = parameters;

    public Priority Priority { get; } = priority;

    /// <summary>Each address once.</summary>
    public List<Recipient> Recipients { get; } = [];

    /// <summary>How many RCPT were accepted: LMTP answers each at the end, doubles too (RFC 2033 4.2).</summary>
    public int RecipientsAccepted { get; private set; }

    /// <summary>How many were beyond the limit.</summary>
    public int RecipientsRefused { get; set; }

    /// <summary>The mail itself; null before DATA or the first BDAT.</summary>
    public MailIntake? Intake { get; set; }

    /// <summary>Counts the chunks of BDAT.</summary>
    public ChunkReader? Chunks { get; set; }

    /// <summary>Takes a recipient; one that is there already is not taken twice.</summary>
    public void Add(Recipient recipient)
    {
        RecipientsAccepted++;
        if (Recipients.Count > 0)
        {
            _addresses ??= new HashSet<string>(Recipients.Select(r => r.Address), StringComparer.Ordinal);
            if (!_addresses.Add(recipient.Address))
                return;
        }
        Recipients.Add(recipient);
    }

    public ValueTask DisposeAsync() => Intake?.DisposeAsync() ?? ValueTask.CompletedTask;
}
