using Posthorn.Engine;
using Posthorn.Embedded.Telemetry;

namespace Posthorn.Embedded.Consuming;

/// <summary>Giving messages back at the end of consuming, when there is nobody left to tell of a failure: their leases end anyway.</summary>
internal static class Returning
{
    /// <summary>As if it had not been received.</summary>
    public static ValueTask GiveBackAsync(StoreContext context, ReceivedMessage message) => TryAsync(context, message, static m => m.GiveBackAsync());

    /// <summary>As received once more.</summary>
    public static ValueTask ReleaseAsync(StoreContext context, ReceivedMessage message) => TryAsync(context, message, static m => m.ReleaseAsync());

    private static async ValueTask TryAsync(StoreContext context, ReceivedMessage message, Func<ReceivedMessage, ValueTask> release)
    {
        if (message.IsEnded)
            return;
        try
        {
            await release(message);
        }
        catch (Exception e) when (e is LeaseLostException or EngineFailedException or ObjectDisposedException)
        {
            // Ended by itself meanwhile, or with the engine.
        }
        catch (Exception e)
        {
            message.Lease.Abandon();
            context.Log.NotSettled(e, message.Id, message.Queue);
        }
    }
}
