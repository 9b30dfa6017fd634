using Microsoft.Extensions.Logging;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Protocols.Smtp;
using Posthorn.Queues;
using Posthorn.Server.Operate.Timeline;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Pipeline.Processors;

/// <content>
/// What a failure does. Tried again at most as often as <see cref="PipelineSettings.Retries"/> has entries, then to the processor <c>error</c>, or, without one
/// and when that fails too, held in its queue: nothing is lost, nothing loops, and the mail's other branches go on.
/// </content>
internal sealed partial class PipelineRun
{
    private readonly record struct Checkpoint(MailState State, int Outputs, int Bounces, int Events);

    private int RetriesMax => Services.Settings.Retries.Count;

    private Checkpoint Mark(MailContext mail) => new(mail.State, _outputs.Count, _bounces?.Count ?? 0, _events.Count);

    // Nothing that was made since then happens. What the mailet still does, if it goes on after its time, reaches nobody.
    private MailContext RollBack(MailContext mail, Checkpoint to)
    {
        _outputs.RemoveRange(to.Outputs, _outputs.Count - to.Outputs);
        _bounces?.RemoveRange(to.Bounces, _bounces.Count - to.Bounces);
        _events.RemoveRange(to.Events, _events.Count - to.Events);
        return mail.At(to.State);
    }

    private static bool IsOfTheMail(Exception e, RunLimits limits) =>
        !EngineOutage.Is(e) && !(e is OperationCanceledException && limits.Stopping.IsCancellationRequested);

    private Exception Unmasked(Exception e, RunLimits limits) =>
        e is OperationCanceledException && limits.Token.IsCancellationRequested
            ? new TimeoutException($"it was not done within {Readable.Of(Services.Settings.RunTimeout)}")
            : e;

    /// <summary>A matcher failed: where the branch goes on, null when it does not in this run.</summary>
    private Branch? FailMatcher(Rule rule, MailContext mail, Exception e)
    {
        NoteFailure(rule.Place, "if", e, mail.Recipients);
        return rule.OnError == OnError.Ignore
            ? new Branch(mail.At(mail.State), Definition[rule.Processor]!, rule.Index + 1)
            : FailRule(rule, mail.At(mail.State), e);
    }

    /// <summary>A mailet failed and does not matter: the branch as it was before.</summary>
    private MailContext LeaveOut(Rule rule, RuleMailet mailet, MailContext mail, Checkpoint before, Exception e)
    {
        mail = RollBack(mail, before);
        NoteFailure(rule.Place, mailet.Detail, e, mail.Recipients);
        return mail;
    }

    /// <summary>A mailet failed: where the branch goes on, null when it does not in this run.</summary>
    private Branch? FailMailet(Rule rule, RuleMailet mailet, MailContext mail, Checkpoint start, Checkpoint before, Exception e)
    {
        // It will be back at this rule's beginning; otherwise what the rule's earlier mailets did stands.
        var willRetry = rule.OnError == OnError.Retry && AttemptsOf(before.State) < RetriesMax;
        mail = RollBack(mail, willRetry ? start : before);
        NoteFailure(rule.Place, mailet.Detail, e, mail.Recipients);
        return FailRule(rule, mail, e);
    }

    private Branch? FailRule(Rule rule, MailContext mail, Exception e)
    {
        var state = mail.State.WithAttribute(MailAttributes.Exception, Failure.Describe(e));
        if (rule.OnError is OnError.To to && Definition[to.Processor] is { } processor)
            return Enter(processor, mail, state);
        // The rule wants no retry, and the error processor is the built-in one; or the bytes are gone or damaged, and no later time makes them readable.
        if (rule.OnError is OnError.To || e is BodyLostException)
            HoldAsError(state, Failure.Describe(e), ResumePoint.At(Definition[rule.Processor]!, rule.Index));
        else
            return Retry(mail, state, Definition[rule.Processor]!, rule.Index);
        return null;
    }

    private Branch? Retry(MailContext mail, MailState state, Processor processor, int rule)
    {
        var attempts = AttemptsOf(state) + 1;
        state = state.WithAttribute(MailAttributes.Attempts, $"{attempts}");
        var error = state.Text(MailAttributes.Exception)!;
        var resume = ResumePoint.At(processor, rule);
        if (attempts <= RetriesMax)
        {
            var wait = Services.Settings.Retries[attempts - 1];
            var later = state.WithAttribute(MailAttributes.Resume, resume.ToString()).WithAttribute(MailAttributes.Processor, processor.Name);
            Add(
                Compose(later, Input.Queue) with { DueAt = Services.Time.GetUtcNow() + wait, LastError = error },
                goesOn: true,
                TimelineKind.Deferred,
                $"tried again in {Readable.Of(wait)} ({attempts} of {RetriesMax}): {error}");
            return null;
        }

        // The count stays beyond its end, so what fails in the error processor is held at once.
        if (attempts == RetriesMax + 1 && Definition.Error is { } errorProcessor)
            return Enter(errorProcessor, mail, state);
        HoldAsError(state, error, resume);
        return null;
    }

    private Branch? Enter(Processor processor, MailContext mail, MailState state)
    {
        if (!processor.IsQueued)
            return new Branch(mail.At(state), processor, 0);
        Add(Compose(state, processor.Queue) with { LastError = state.Text(MailAttributes.Exception) }, goesOn: true, TimelineKind.Queued, null);
        return null;
    }

    /// <summary>Its result could not be committed.</summary>
    public MailResult Failed(Exception e)
    {
        FailWhole(e);
        return Result();
    }

    /// <summary>Nothing of what was done stands; the mail is tried again as it came, in the end held.</summary>
    private void FailWhole(Exception e)
    {
        _branches.Clear();
        _outputs.Clear();
        _bounces?.Clear();
        _events.Clear();
        NoteFailure("pipeline", "the mail as a whole", e, Input.Envelope.Recipients);
        var state = MailState.Of(Input).WithAttribute(MailAttributes.Exception, Failure.Describe(e));
        var attempts = AttemptsOf(state) + 1;
        state = state.WithAttribute(MailAttributes.Attempts, $"{attempts}");
        if (attempts > RetriesMax || e is BodyLostException)
        {
            HoldAsError(state, Failure.Describe(e));
            return;
        }

        var wait = Services.Settings.Retries[attempts - 1];
        Add(
            Compose(state, Input.Queue) with { DueAt = Services.Time.GetUtcNow() + wait, LastError = Failure.Describe(e) },
            goesOn: true,
            TimelineKind.Deferred,
            $"tried again in {Readable.Of(wait)} ({attempts} of {RetriesMax}): {Failure.Describe(e)}");
    }

    /// <summary>The built-in end of all failures. Released, the mail is tried again where it failed, with all its tries.</summary>
    private void HoldAsError(MailState state, string error, ResumePoint? resume = null)
    {
        state = state.Without(MailAttributes.Attempts);
        if (resume is { } at)
            state = state.WithAttribute(MailAttributes.Resume, at.ToString()).WithAttribute(MailAttributes.Processor, at.Processor);
        Add(
            Compose(state, SpoolQueues.Processor(Processor.Error)) with { IsHeld = true, LastError = error },
            goesOn: true,
            TimelineKind.Held,
            error);
    }

    /// <summary>The mail is bounced and kept as a dead letter.</summary>
    private void GiveUp(MailState state, SmtpReply reply, QueueName source)
    {
        Bounce(state, state.Envelope.Recipients, reply);
        if (Services.Settings.KeepsDeadLetters)
            Bury(state, reply, source, goesOn: true);
    }

    /// <summary>Kept to be looked at, and redriven to where it came from.</summary>
    private void Bury(MailState state, SmtpReply reply, QueueName source, bool goesOn)
    {
        var letter = Cleaned(state).WithAttribute(MailAttributes.DeadLetterSource, source.Value);
        Add(Compose(letter, SpoolQueues.DeadLetters) with { LastError = reply.ToString() }, goesOn, TimelineKind.DeadLettered, reply.ToString());
    }

    private void NoteFailure(string place, string what, Exception e, IReadOnlyList<Recipient> recipients)
    {
        Services.Metrics.Failed(place);
        Services.Log.Failed(Input.Id, place, what, e);
        Note(TimelineKind.Failed, $"{(what.StartsWith(place, StringComparison.Ordinal) ? what : $"{place} {what}")}: {Failure.Describe(e)}", recipients);
    }

    private static int AttemptsOf(MailState state) => int.TryParse(state.Text(MailAttributes.Attempts), out var attempts) ? attempts : 0;
}
