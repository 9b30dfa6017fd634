using Posthorn.Client.Contracts.Webhooks;

namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>What a webhook did since the server started: counts, and its last calls.</summary>
internal sealed class WebhookRecord
{
    /// <summary>Calls that are remembered; each has at most about 2 KB.</summary>
    public const int AttemptsMax = 100;

    private readonly Lock _gate = new(); // guards everything below
    private readonly Queue<WebhookAttempt> _attempts = new();
    private WebhookAttempt? _last;
    private long _delivered;
    private long _failed;
    private long _deadLettered;

    public WebhookAttempt? Last
    {
        get
        {
            lock (_gate)
                return _last;
        }
    }

    public (long Delivered, long Failed, long DeadLettered) Counts
    {
        get
        {
            lock (_gate)
                return (_delivered, _failed, _deadLettered);
        }
    }

    /// <summary>The last calls, the newest first.</summary>
    public IReadOnlyList<WebhookAttempt> Attempts()
    {
        lock (_gate)
            return [.. _attempts.Reverse()];
    }

    public void Add(WebhookAttempt attempt)
    {
        lock (_gate)
        {
            _attempts.Enqueue(attempt);
            if (_attempts.Count > AttemptsMax)
                _attempts.Dequeue();
            _last = attempt;
            if (attempt.Outcome == WebhookOutcome.Delivered)
                _delivered++;
            else
                _failed++;
        }
    }

    /// <summary>A message was given up.</summary>
    public void AddDeadLetter()
    {
        lock (_gate)
            _deadLettered++;
    }
}
