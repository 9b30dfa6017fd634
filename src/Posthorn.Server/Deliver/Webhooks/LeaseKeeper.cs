using Posthorn.Engine;
using Posthorn.Leases;

namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>Extends a lease while a call is under way, at a third of its time: the next one comes in time even when one is late.</summary>
internal sealed class LeaseKeeper : IAsyncDisposable
{
    private readonly IEngine _engine;
    private readonly ReceiptHandle _handle;
    private readonly TimeSpan _lease;
    private readonly ITimer _timer;

    public LeaseKeeper(IEngine engine, LeasedMessage leased, TimeSpan lease, TimeProvider time)
    {
        (_engine, _handle, _lease) = (engine, leased.Handle, lease);
        _timer = time.CreateTimer(_ => Extend(), null, lease / 3, lease / 3);
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Extend() => _ = ExtendAsync();

    private async Task ExtendAsync()
    {
        try
        {
            // One that ended is somebody else's message now: the commit that ends the call finds out.
            await _engine.ExtendAsync(_handle, _lease);
        }
        catch (Exception e) when (EngineOutage.Is(e))
        {
            // So does this.
        }
    }
}
