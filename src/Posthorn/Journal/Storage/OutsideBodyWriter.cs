using Posthorn.Bodies;
using Posthorn.Engine;
using Posthorn.Journal.Segments;

namespace Posthorn.Journal.Storage;

/// <summary>Takes a body as it streams in: in memory up to the inline limit, beyond that into the store outside of the journal.</summary>
/// <param name="bodies">The store.</param>
/// <param name="inlineMax">Most bytes that stay in memory; -1 for none.</param>
internal sealed class OutsideBodyWriter(OutsideBodies bodies, int inlineMax) : StoreBodyWriter(inlineMax), IBodyHolder
{
    private LogPosition _key;
    private bool _isHandedOver;

    // It was completed before it got its name.
    public ValueTask MakeDurableAsync() => ValueTask.CompletedTask;

    public void HandOver(StoredBody body)
    {
        _isHandedOver = true;
        body.Writer = null;
        bodies.Forget(_key);
    }

    protected override async ValueTask<IBodyUpload> BeginAsync(CancellationToken cancellationToken)
    {
        (_key, var upload) = await bodies.BeginAsync(cancellationToken);
        return upload;
    }

    protected override ValueTask<Body> EndAsync(long length, CancellationToken cancellationToken) =>
        ValueTask.FromResult<Body>(new StoredBody(_key, length, owner: 0) { Writer = this });

    protected override async ValueTask RemoveAsync()
    {
        if (_isHandedOver)
            return;
        try
        {
            await bodies.RemoveAsync([_key], CancellationToken.None);
        }
        catch (Exception e) when (e is EngineUnavailableException or ObjectDisposedException)
        {
            // It is nobody's, and is collected when it is old.
        }
        bodies.Forget(_key);
    }
}
