using Posthorn.Commits;
using Posthorn.Leases;
using Posthorn.Messages;
using Posthorn.Protocols.Dns;
using Posthorn.Server.Deliver.Outgoing.Settling;

namespace Posthorn.Server.Deliver.Outgoing;

public sealed partial class OutgoingDispatcher
{
    // Mail that was put into the queue without a group, by hand or from another queue: each domain's recipients become a message of that group.
    private async ValueTask RegroupAsync(IReadOnlyList<LeasedMessage> leased)
    {
        foreach (var lease in leased)
        {
            var message = lease.Message;
            var domains = message.Envelope.Recipients.GroupBy(r => DomainNames.ToAscii(DomainNames.OfAddress(r.Address)), StringComparer.Ordinal).ToList();
            var commit = new Commit();
            if (domains is [] or [{ Key: "" }])
            {
                commit.Release(lease, default, new MessageChanges { IsHeld = true, LastError = "no recipient has a domain: there is nowhere to send it" });
                domains.Clear();
            }

            for (var i = 0; i < domains.Count; i++)
            {
                var envelope = message.Envelope with { Recipients = domains[i].ToList() };
                var group = domains[i].Key.Length > 0 ? OutgoingGroup.Of(domains[i].Key) : "[]";
                if (i == 0)
                    commit.Release(lease, default, new MessageChanges { Group = group, Envelope = envelope });
                else
                    commit.Add(SettlementPlanner.Copy(message) with { Envelope = envelope, Group = group });
            }

            await CommitAsync(commit, 1);
        }
    }
}
