using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Protocols.Imap.Commands;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Retrieve.Imap.Leases;
using Posthorn.Server.Retrieve.Imap.Views;

namespace Posthorn.Server.Retrieve.Imap.Messages;

/// <summary>One STORE: claims what is to be claimed, changes flags in few commits, gives back what is to be given back.</summary>
/// <remarks>
/// <c>$Lease</c> among the flags is the claim: each message is leased that is free, and of those alone the other flags are changed. The rest is
/// <see cref="Refused"/>, or <see cref="Modified"/> when the client said UNCHANGEDSINCE. Flags that tell a state (<see cref="LeaseKeywords"/>) are otherwise
/// nobody's to store, and FLAGS without <c>$Lease</c> leaves a lease alone.
/// </remarks>
internal sealed class StoreRun(ImapContext context, SelectedMailbox selected, ImapCommand.Store store, IReadOnlyList<MessageNumber> numbers)
{
    private readonly string[] _flags = [.. store.Action.Flags.Where(f => !LeaseKeywords.Contains(f) && !f.Equals(MailFlag.Recent, StringComparison.OrdinalIgnoreCase)).Select(MailFlag.Canonical)];
    private readonly bool _hasLease = store.Action.Flags.Contains(LeaseKeywords.Lease, StringComparer.OrdinalIgnoreCase);
    private readonly List<(MessageNumber Number, IReadOnlyList<string> Expected)> _stored = [];
    private readonly List<MessageNumber> _modified = [];

    private StoreAction Action => store.Action;

    private long? UnchangedSince => store.UnchangedSince is { } since ? (long)Math.Min(since, long.MaxValue) : null;

    /// <summary>What was done, and the flags that messages have now unless somebody else changed them too.</summary>
    public IReadOnlyList<(MessageNumber Number, IReadOnlyList<string> Expected)> Stored => _stored;

    /// <summary>What was left alone because it was changed since (RFC 7162 3.1.3), or because somebody else holds it.</summary>
    public IReadOnlyList<MessageNumber> Modified => _modified;

    /// <summary>How many claims were refused.</summary>
    public int Refused { get; private set; }

    /// <summary>How many messages this session had claimed and lost, so that nothing was done to them.</summary>
    public int Lost { get; private set; }

    /// <summary>Whether some are not there any more.</summary>
    public bool IsAnyGone { get; private set; }

    public async ValueTask RunAsync()
    {
        for (var start = 0; start < numbers.Count; start += MessageCommits.OperationsMax)
        {
            var targets = TargetsOf(numbers.Skip(start).Take(MessageCommits.OperationsMax));
            if (_hasLease && Action.Mode != StoreMode.Remove)
                targets = await ClaimAsync(targets);
            await ChangeAsync(targets);
            if (_hasLease && Action.Mode == StoreMode.Remove)
                await selected.Leases.ReleaseAsync(targets.Select(t => t.Number.Uid));
        }
    }

    /// <summary>Whether a message has exactly these flags, those of its state aside.</summary>
    public static bool HasJust(ViewedMessage message, IReadOnlyList<string> flags) =>
        message.Flags.Count(f => !LeaseKeywords.Contains(f)) == flags.Count && flags.All(message.Has);

    private List<Target> TargetsOf(IEnumerable<MessageNumber> chunk)
    {
        var targets = new List<Target>();
        foreach (var number in chunk)
        {
            if (!selected.View.TryGet(number.Uid, out var message))
                Gone(number);
            else
                targets.Add(new Target(number, message));
        }
        return targets;
    }

    private async ValueTask<List<Target>> ClaimAsync(List<Target> targets)
    {
        var taken = await selected.Leases.TakeAsync([.. targets.Select(t => t.Number.Uid)], UnchangedSince);
        foreach (var target in targets)
        {
            if (!taken.Contains(target.Number.Uid))
                Refuse(target.Number);
        }
        return [.. targets.Where(t => taken.Contains(t.Number.Uid))];
    }

    private async ValueTask ChangeAsync(List<Target> targets)
    {
        var changes = Changes();
        var changed = new List<Target>();
        foreach (var target in targets)
        {
            // A conditional one must be looked at by the commit, whatever it changes.
            if (UnchangedSince is null && HasJust(target.Message, Expected(target)))
                _stored.Add((target.Number, Expected(target)));
            else if (UnchangedSince is not null && _flags.Length == 0 && Action.Mode != StoreMode.Replace)
                Untouched(target);
            else
                changed.Add(target);
        }
        var outcomes = await MessageCommits.CommitAsync(context, changed, (commit, target) => commit.Change(ReferenceTo(target), changes));
        for (var i = 0; i < changed.Count; i++)
            Took(changed[i], outcomes[i]);
    }

    /// <summary>Nothing is to be changed on it, beside a claim: the condition is looked at here.</summary>
    private void Untouched(Target target)
    {
        if (_hasLease || target.Message.ModSeq <= UnchangedSince)
            _stored.Add((target.Number, Expected(target)));
        else
            _modified.Add(target.Number);
    }

    private void Took(Target target, ConflictReason? outcome)
    {
        switch (outcome)
        {
            case null:
                _stored.Add((target.Number, Expected(target)));
                break;
            case ConflictReason.MessageChanged:
                _modified.Add(target.Number);
                break;
            case ConflictReason.LeaseEnded:
                selected.Leases.Expired(target.Number.Uid);
                Lost++;
                if (UnchangedSince is not null)
                    _modified.Add(target.Number);
                break;
            default:
                Gone(target.Number);
                break;
        }
    }

    private void Refuse(MessageNumber number)
    {
        if (UnchangedSince is not null)
            _modified.Add(number);
        else
            Refused++;
    }

    private void Gone(MessageNumber number)
    {
        IsAnyGone = true;
        // RFC 7162 3.1.3: those that were removed count as changed.
        if (UnchangedSince is not null && !store.IsUid)
            _modified.Add(number);
    }

    private MessageReference ReferenceTo(Target target)
    {
        var reference = selected.Leases.ReferenceTo(target.Message);
        return UnchangedSince is { } since ? reference.IfUnchangedSince(since) : reference;
    }

    private MessageChanges Changes() => Action.Mode switch
    {
        StoreMode.Add => new MessageChanges { FlagsAdded = _flags },
        StoreMode.Remove => new MessageChanges { FlagsRemoved = _flags },
        _ => new MessageChanges { Flags = _flags },
    };

    private IReadOnlyList<string> Expected(Target target) =>
        Changes().FlagsAfter([.. target.Message.Flags.Where(f => !LeaseKeywords.Contains(f))]);

    private readonly record struct Target(MessageNumber Number, ViewedMessage Message);
}
