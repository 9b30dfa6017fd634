using Posthorn.Bodies;
using Posthorn.Commits;
using Posthorn.Messages;
using Posthorn.Simulation.Audit;

namespace Posthorn.Simulation.Work;

/// <summary>What adds.</summary>
public sealed partial class Workload
{
    public async Task SendAsync(StepContext s)
    {
        var draft = new Draft(linger: s.Linger);
        for (var i = s.UpTo(4); i > 0; i--)
            await DraftAddAsync(draft, s, s.Random.Below(Math.Max(InlineBytesMax, 64) * s.Size / 100 + 1));
        await CommitAsync(draft);
    }

    /// <summary>Bodies that are files; one in many longer than a checked block of them.</summary>
    public async Task SendLargeAsync(StepContext s)
    {
        var draft = new Draft();
        var length = s.Size > 90 && s.Random.Chance(1, 4) ? s.Random.Between(60_000, 140_000) : InlineBytesMax + s.UpTo(4_000);
        await DraftAddAsync(draft, s, length);
        if (s.Random.Chance(1, 3))
            DraftSharing(draft, s);
        await CommitAsync(draft);
    }

    /// <summary>Messages that are gone at once: what fills a journal with what nobody needs.</summary>
    public async Task SendAndRemoveAsync(StepContext s)
    {
        for (var i = s.UpTo(4); i > 0; i--)
        {
            var draft = new Draft();
            await DraftAddAsync(draft, s, s.Random.Below(Math.Max(InlineBytesMax, 64)));
            var known = ((MessageEffect)draft.Effects[0]).Known;
            if (await CommitAsync(draft) is null || !IsFree(known))
                continue;
            var removal = new Draft();
            DraftRemove(removal, known, null);
            await CommitAsync(removal);
        }
    }

    public async Task SendWithKeyAsync(StepContext s)
    {
        var draft = new Draft($"key-{s.Step.Id}");
        for (var i = s.UpTo(2); i > 0; i--)
            await DraftAddAsync(draft, s, s.Random.Below(100));
        await CommitAsync(draft);
    }

    /// <summary>Repeats a commit as a client does whose answer was lost, whether it has happened or not.</summary>
    public async Task RepeatKeyAsync(StepContext s)
    {
        if (model.Keys.Count == 0)
            return;
        var known = model.Keys[s.Random.Pick(model.Keys.Keys.Order(StringComparer.Ordinal).ToList())];
        // When the key was forgotten it is a commit like any other, with messages of its own.
        var draft = new Draft(known.Asked.Key);
        for (var i = known.Asked.Messages.Count(); i > 0; i--)
            await DraftAddAsync(draft, s, 10);
        var asked = model.Ask(draft.Effects, known.Asked.Key);
        try
        {
            var result = await engine.CommitAsync(draft.Commit);
            ThrowIfOver();
            model.AcknowledgeRepeat(asked, result);
            if (result.IsRepeat)
                model.Refuse(asked, new InvalidOperationException("repeated"));
            else
                model.Acknowledge(asked, result);
        }
        catch (Exception e) when (e is Engine.StorageFullException or Engine.QueueFullException)
        {
            ThrowIfOver();
            model.Refuse(asked, e);
        }
        catch (Exception e) when (e is not AuditException)
        {
            ThrowIfOver();
            NoteUnanswered(asked, e);
            throw;
        }
    }

    /// <summary>A message that says which one it is: within five minutes there may be only one of it, whatever happens to the first.</summary>
    public async Task SendDeduplicatedAsync(StepContext s)
    {
        var draft = new Draft();
        await DraftAddAsync(draft, s, s.Random.Below(200));
        var effect = (MessageEffect)draft.Effects[0];
        var queue = s.Random.Pick([WorkQueues.Fifo, WorkQueues.Kept]);
        var id = $"d{s.Random.Below(4)}";
        var message = ((CommitOperation.Add)draft.Commit.Operations[0]).Message with { Queue = Name(queue), DeduplicationId = id };
        var sending = new Draft();
        sending.Commit.Add(message);
        sending.Effects.Add(effect with { After = effect.After! with { Queue = queue, Due = message.DueAt is { } at ? DueRule.When(at) : DueRule.AtOnce } });
        var asked = model.Ask(sending.Effects);
        asked.DeduplicationId = id;
        try
        {
            var result = await engine.CommitAsync(sending.Commit);
            ThrowIfOver();
            model.AcknowledgeDeduplicated(asked, result);
        }
        catch (Exception e) when (e is Engine.StorageFullException)
        {
            ThrowIfOver();
            model.Refuse(asked, e);
        }
        catch (Exception e) when (e is not AuditException)
        {
            ThrowIfOver();
            NoteUnanswered(asked, e);
            throw;
        }
        foreach (var writer in draft.Writers)
            await writer.DisposeAsync(); // of a duplicate nobody needs the body
    }

    /// <summary>Waits for room in the queue that holds little; refused before that time is over it must be for another reason.</summary>
    public async Task SendPatientlyAsync(StepContext s)
    {
        var wait = TimeSpan.FromSeconds(s.UpTo(90));
        var draft = new Draft(roomWait: wait);
        var expected = new ExpectedContent(s.Random.NextUInt64(), s.Random.Below(1_000));
        draft.Commit.Add(new NewMessage { Queue = Name(WorkQueues.Limited), Content = Body.Of(ExpectedContent.BytesOf(expected.BodySeed, 0, expected.BodyLength)), Envelope = new Envelope("sender@example.test", [new Recipient("r1@example.test")]), Attributes = Attributes(s.NextTag(), null) });
        var tag = $"m{s.Step.Id}.0";
        draft.Effects.Add(new MessageEffect(draft.Last, model.Message(tag), null, new ExpectedMessage(tag, WorkQueues.Limited, expected) { Recipient = "r1@example.test", Due = DueRule.AtOnce }));
        if (model.Queue(WorkQueues.Limited).IsBeingRemoved)
            return;
        var (started, at) = (machine.Elapsed, model.At);
        var isIn = await CommitAsync(draft) is not null;
        var queue = model.Queue(WorkQueues.Limited);
        var wasPatient = machine.Elapsed - started >= wait;
        if (!isIn && !wasPatient && !disk.HasBeenFull && queue.UnderWay == 0 && queue.TouchedAt <= at)
            throw new AuditException("I9", $"{tag} was refused after {machine.Elapsed - started} though it was to wait {wait} for room.");
    }

    /// <summary>Another message with the same body, some of it left out and other bytes in front.</summary>
    public async Task CopyAsync(StepContext s)
    {
        if (PickMessage(s) is not { } known)
            return;
        var state = known.State!;
        var message = await engine.FindAsync(known.Id);
        ThrowIfOver();
        if (message is null)
            return; // removed meanwhile; whether rightly the audit says
        var draft = new Draft();
        var content = Varied(s, message.Content, state.Content);
        DraftAdd(draft, s, content.Expected, content.Given);
        if (known.State?.Content == state.Content || known.UnderWay > 0)
            await CommitAsync(draft);
    }

    /// <summary>Writes a body and never names it in a commit.</summary>
    public async Task AbandonBodyAsync(StepContext s)
    {
        var draft = new Draft();
        await BodyAsync(draft, s.Random.NextUInt64(), InlineBytesMax + s.UpTo(8_000), isStreamed: true);
        if (s.Random.Chance(1, 2))
            return; // as a connection that hangs; a restart clears it away
        foreach (var writer in draft.Writers)
            await writer.DisposeAsync();
    }

    public async Task DraftAddAsync(Draft draft, StepContext s, int bodyBytes)
    {
        var seed = s.Random.NextUInt64();
        var body = await BodyAsync(draft, seed, bodyBytes, isStreamed: bodyBytes > InlineBytesMax && s.Random.Chance(2, 3));
        DraftAdd(draft, s, new ExpectedContent(seed, bodyBytes), body);
    }

    /// <summary>More messages with the body of the draft's last one.</summary>
    private void DraftSharing(Draft draft, StepContext s)
    {
        var (first, expected) = (((CommitOperation.Add)draft.Commit.Operations[^1]).Message, ((MessageEffect)draft.Effects[^1]).After!);
        for (var i = s.UpTo(3); i > 0; i--)
        {
            var tag = s.NextTag();
            draft.Commit.Add(first with { Attributes = Attributes(tag, expected.Note) });
            draft.Effects.Add(new MessageEffect(draft.Last, model.Message(tag), null, expected with { Tag = tag }));
        }
    }

    private void DraftAdd(Draft draft, StepContext s, ExpectedContent content, Content given)
    {
        var r = s.Random;
        var queue = PickTarget(s);
        var policy = model.Queue(queue).Policy;
        var due = r.Chance(1, 4) ? model.Wall + TimeSpan.FromSeconds(s.UpTo(r.Pick([5, 60, 20_000])) - (r.Chance(1, 5) ? 100 : 0)) : (DateTimeOffset?)null;
        var expected = new ExpectedMessage(s.NextTag(), queue, content)
        {
            Group = r.Chance(1, 2) ? r.Pick(["g1", "g2", "g3"]) : null,
            Priority = r.Chance(1, 2) ? 5 : r.Below(10),
            IsHeld = r.Chance(1, 20),
            Note = r.Chance(1, 2) ? $"n{r.Below(100)}" : null,
            Flags = r.Chance(1, 4) ? "seen answered" : "",
            LastError = r.Chance(1, 10) ? "450 later" : null,
            Recipient = $"r{r.Below(5)}@example.test",
            Due = due is { } at ? DueRule.When(at) : DueRule.After(policy?.Delay ?? TimeSpan.Zero),
        };
        draft.Commit.Add(new NewMessage
        {
            Queue = Name(queue),
            Content = given,
            Envelope = new Envelope("sender@example.test", [new Recipient(expected.Recipient)]),
            Attributes = Attributes(expected.Tag, expected.Note),
            Flags = expected.Flags.Length == 0 ? [] : expected.Flags.Split(' '),
            Priority = Priority.Of(expected.Priority),
            IsHeld = expected.IsHeld,
            DueAt = due,
            Group = expected.Group,
            LastError = expected.LastError,
        });
        draft.Effects.Add(new MessageEffect(draft.Last, model.Message(expected.Tag), null, expected));
    }

    private static Dictionary<string, AttributeValue> Attributes(string tag, string? note)
    {
        var attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["tag"] = tag };
        if (note is not null)
            attributes["note"] = note;
        return attributes;
    }

    /// <summary>Bodies are given as bytes or stream through a writer, which lives until the commit is decided.</summary>
    private async Task<Body> BodyAsync(Draft draft, ulong seed, int length, bool isStreamed)
    {
        if (!isStreamed)
            return Body.Of(ExpectedContent.BytesOf(seed, 0, length));
        var writer = engine.CreateBody();
        draft.Writers.Add(writer);
        for (var at = 0; at < length; at += 30_000)
        {
            var slice = ExpectedContent.BytesOf(seed, at, Math.Min(30_000, length - at));
            slice.CopyTo(writer.GetSpan(slice.Length));
            writer.Advance(slice.Length);
            await writer.FlushAsync(CancellationToken.None);
        }
        return await writer.CompleteAsync(CancellationToken.None);
    }

    private static (ExpectedContent Expected, Content Given) Varied(StepContext s, Content given, ExpectedContent expected)
    {
        var r = s.Random;
        var skip = r.Chance(1, 2) ? expected.Skip : r.Between(0, expected.BodyLength);
        var (seed, length) = r.Chance(1, 2) ? (r.NextUInt64(), r.Below(300)) : (0UL, 0);
        return (expected with { Skip = skip, PrefixSeed = seed, PrefixLength = length },
            new Content(given.Body) { Skip = skip, Prefix = ExpectedContent.BytesOf(seed, 0, length) });
    }
}
