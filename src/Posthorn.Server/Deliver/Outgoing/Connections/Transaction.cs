using System.Text;
using Posthorn.Messages;
using Posthorn.Protocols.Smtp;
using Posthorn.Protocols.Smtp.Client;

namespace Posthorn.Server.Deliver.Outgoing.Connections;

/// <summary>One mail for some of its recipients, over one connection: what MAIL to the reply after the content is about.</summary>
internal sealed class Transaction
{
    /// <summary>Most recipients of one transaction: every server takes 100 (RFC 5321 4.5.3.1.8).</summary>
    public const int RecipientsMax = 100;

    private readonly RecipientResult?[] _results;

    private Transaction(Message message, IReadOnlyList<Recipient> recipients)
    {
        Message = message;
        Recipients = recipients;
        _results = new RecipientResult?[recipients.Count];
        Front = recipients[0].Headers.Count == 0 ? default : Encoding.UTF8.GetBytes(string.Concat(recipients[0].Headers.Select(h => h + "\r\n")));
    }

    public Message Message { get; }

    public IReadOnlyList<Recipient> Recipients { get; }

    /// <summary>The header lines that these recipients alone get.</summary>
    public ReadOnlyMemory<byte> Front { get; }

    public MailContent? Content { get; set; }

    /// <summary>What was written of it already, behind the mail before: null when nothing was.</summary>
    public Envelope? Written { get; set; }

    /// <summary>All results; only once it <see cref="IsDone"/>.</summary>
    public IEnumerable<RecipientResult> Results => _results.Select(r => r!);

    public bool IsDone => Array.TrueForAll(_results, r => r is not null);

    /// <summary>The transactions that a mail needs for these recipients: recipients with header lines of their own get mails of their own, and no mail has too many.</summary>
    public static IEnumerable<Transaction> For(Message message, IEnumerable<Recipient> recipients) => recipients
        .GroupBy(r => r.Headers.Count == 0 ? "" : string.Join("\r\n", r.Headers), StringComparer.Ordinal)
        .SelectMany(g => g.Chunk(RecipientsMax))
        .Select(chunk => new Transaction(message, chunk));

    public bool HasResult(int recipient) => _results[recipient] is not null;

    public void Set(int recipient, RecipientResult result) => _results[recipient] = result;

    /// <summary>Gives every recipient without a result one.</summary>
    public void SetRest(Func<Recipient, RecipientResult> result)
    {
        for (var i = 0; i < _results.Length; i++)
            _results[i] ??= result(Recipients[i]);
    }

    /// <summary>What was written of a transaction.</summary>
    /// <param name="Mail">MAIL's and RCPT's parameters.</param>
    /// <param name="UsesBdat">Whether the content follows with BDAT; else DATA was written too.</param>
    /// <param name="HasReset">Whether RSET was written first.</param>
    internal sealed record Envelope(MailTransaction Mail, bool UsesBdat, bool HasReset);
}
