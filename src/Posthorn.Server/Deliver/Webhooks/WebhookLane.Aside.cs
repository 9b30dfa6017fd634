using Posthorn.Engine;

namespace Posthorn.Server.Deliver.Webhooks;

// While the endpoint takes nothing, its group waits in its queue's delayed lane: seen there, and out of the way of whoever else consumes the queue. Runs on
// the lane's loop only.
internal sealed partial class WebhookLane
{
    /// <summary>An endpoint whose calls or rate are used up is saturated when that lasts as long as this; below it, it is at work.</summary>
    private static readonly TimeSpan s_saturatedAfter = TimeSpan.FromSeconds(1);

    /// <summary>How often it is said that a group is put aside, which then holds for twice as long: should the lane die, its messages come back by themselves.</summary>
    private static readonly TimeSpan s_asideRenewal = TimeSpan.FromMinutes(1);

    private bool _isAside;

    /// <summary>Nothing may be leased. Puts the group aside when that is the endpoint's doing and lasts.</summary>
    /// <param name="since">Since when nothing may be leased.</param>
    /// <param name="isOut">Whether the endpoint is known to be out: paused, resting or disabled.</param>
    /// <param name="wait">How long to wait at most until that may be another answer.</param>
    /// <returns>How long to wait at most until this is to be called again.</returns>
    private TimeSpan PutAside(DateTimeOffset since, bool isOut, TimeSpan wait)
    {
        // A queue of one endpoint has nobody else in it that could be held up.
        if (group is null)
            return wait;
        var left = isOut ? TimeSpan.Zero : since + s_saturatedAfter - parts.Time.GetUtcNow();
        if (left > TimeSpan.Zero)
            return wait < left ? wait : left;
        parts.Engine.Defer(webhook.Queue, group, s_asideRenewal * 2);
        _isAside = true;
        return wait < s_asideRenewal ? wait : s_asideRenewal;
    }

    /// <summary>The endpoint takes messages again.</summary>
    private void BringBack()
    {
        if (!_isAside)
            return;
        _isAside = false;
        parts.Engine.Defer(webhook.Queue, group!, TimeSpan.Zero);
    }

    /// <summary>The lane ends, and who comes after it decides anew.</summary>
    private void BringBackAtEnd()
    {
        try
        {
            BringBack();
        }
        catch (Exception e) when (e is EngineFailedException or ObjectDisposedException)
        {
            // A restart ends it too.
        }
    }
}
