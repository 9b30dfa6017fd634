using Posthorn.Messages;
using Posthorn.Protocols.Smtp;
using Posthorn.Server.Deliver.Outgoing;
using Posthorn.Server.Pipeline.Processors;

namespace Posthorn.Server.Pipeline.Routing;

/// <summary>Hands a mail to the dispatcher: one message for each domain, which is its group in the outgoing queue.</summary>
internal static class OutgoingRouting
{
    // A group has at most 255 characters (NewMessage.Group), as has a domain (RFC 5321 4.5.3.1.2).
    private const int DomainLengthMax = 255;

    private static readonly SmtpReply s_noDomain = new(550, new EnhancedStatusCode(5, 1, 2), "the address has no domain that could be delivered to");

    public static void Route(PipelineRun run, MailState state)
    {
        var recipients = state.Envelope.Recipients;
        var first = DomainOf(recipients[0]);
        if (recipients.Skip(1).All(r => DomainOf(r) == first))
        {
            Put(run, state, first);
            return;
        }

        foreach (var domain in recipients.GroupBy(DomainOf, StringComparer.Ordinal))
            Put(run, state with { Envelope = state.Envelope with { Recipients = domain.ToArray() } }, domain.Key);
    }

    private static void Put(PipelineRun run, MailState state, string domain)
    {
        if (domain.Length is 0 or > DomainLengthMax)
            run.Bounce(state, state.Envelope.Recipients, s_noDomain);
        else
            run.PutOutgoing(state, domain);
    }

    private static string DomainOf(Recipient recipient) => OutgoingGroup.Of(AddressParts.DomainOf(recipient.Address));
}
