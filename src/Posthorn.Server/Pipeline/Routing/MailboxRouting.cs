using Posthorn.Messages;
using Posthorn.Protocols.Smtp;
using Posthorn.Server.Deliver.Mailboxes;
using Posthorn.Server.Pipeline.Processors;

namespace Posthorn.Server.Pipeline.Routing;

/// <summary>Takes a mail to its recipients' mailboxes: a message for each, aliases followed, nobody served twice.</summary>
internal static class MailboxRouting
{
    private static readonly SmtpReply s_unknown = new(550, new EnhancedStatusCode(5, 1, 1), "no such user here");
    private static readonly SmtpReply s_badAlias = new(550, new EnhancedStatusCode(5, 1, 1), "its alias leads to nobody");

    public static void Route(PipelineRun run, MailState state)
    {
        List<Recipient>? elsewhere = null;
        var clean = PipelineRun.Cleaned(state);
        foreach (var recipient in state.Envelope.Recipients)
        {
            switch (run.Services.Addresses.Resolve(recipient.Address))
            {
                case AddressRoute.Mailbox mailbox:
                    Deliver(run, clean, recipient, mailbox);
                    break;
                case AddressRoute.Alias alias:
                    foreach (var address in alias.Addresses)
                        Follow(run, clean, recipient, address, ref elsewhere);
                    break;
                default:
                    run.Bounce(state, [recipient], s_unknown);
                    break;
            }
        }

        // Whoever made the alias let this mail out.
        if (elsewhere is not null)
            OutgoingRouting.Route(run, state with { Envelope = state.Envelope with { Recipients = elsewhere } });
    }

    // RFC 3461 5.2.7.1: what the sender asked for goes on with an alias, and the address it was sent to is told.
    private static void Follow(PipelineRun run, MailState clean, Recipient of, string address, ref List<Recipient>? elsewhere)
    {
        var recipient = of with { Address = address, OriginalRecipient = of.OriginalRecipient ?? $"rfc822;{of.Address}" };
        switch (run.Services.Addresses.Resolve(address))
        {
            case AddressRoute.Mailbox mailbox:
                Deliver(run, clean, recipient, mailbox);
                break;
            case AddressRoute.Remote:
                (elsewhere ??= []).Add(recipient);
                break;
            default:
                run.Bounce(clean, [of], s_badAlias);
                break;
        }
    }

    private static void Deliver(PipelineRun run, MailState clean, Recipient recipient, AddressRoute.Mailbox mailbox)
    {
        if (!run.IsFirst(mailbox.Queue, recipient.Address))
            return;
        run.Put(
            clean with { Envelope = clean.Envelope with { Recipients = [recipient] } },
            MailboxDelivery.Deliver(run.AsMessage(clean), recipient, mailbox.Queue, mailbox.Detail) with { DueAt = run.DueAt(clean) });
    }
}
