using Posthorn.Bodies;
using Posthorn.Engine;

namespace Posthorn.PostgreSql.Tests;

/// <summary>A store of bodies that counts how often it is listed, and fails at that when it is told to.</summary>
internal sealed class CountedStore(IBodyStore store) : IBodyStore
{
    private int _listed;

    public int Listed => Volatile.Read(ref _listed);

    public bool IsFailing { get; set; }

    public string Place => store.Place;

    public IAsyncEnumerable<FoundBody> ListAsync(Guid owner, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _listed);
        return IsFailing ? throw new EngineUnavailableException("The store of bodies is away, as the test wants it.") : store.ListAsync(owner, cancellationToken);
    }

    public ValueTask<IBodyUpload> BeginAsync(BodyName name, CancellationToken cancellationToken) => store.BeginAsync(name, cancellationToken);

    public ValueTask<IBodyReader> OpenAsync(BodyName name, long length, long offset, CancellationToken cancellationToken) => store.OpenAsync(name, length, offset, cancellationToken);

    public ValueTask RemoveAsync(IReadOnlyCollection<BodyName> names, CancellationToken cancellationToken) => store.RemoveAsync(names, cancellationToken);

    public ValueTask EndUploadsAsync(Guid owner, DateTimeOffset before, CancellationToken cancellationToken) => store.EndUploadsAsync(owner, before, cancellationToken);

    public ValueTask DisposeAsync() => store.DisposeAsync();
}
