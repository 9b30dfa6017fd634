using Posthorn.Bodies;
using Posthorn.Engine;

namespace Posthorn.PostgreSql.Tests;

/// <summary>A store of bodies that counts how often it is listed, and fails at that when it is told to.</summary>
internal sealed class CountedStore(IBodyStore store) : IBodyStore
{
    private int _listed;
    private int _failed;

    /// <summary>How often it was listed.</summary>
    public int Listed => Volatile.Read(ref _listed);

    /// <summary>How often it was to be, and failed.</summary>
    public int Failed => Volatile.Read(ref _failed);

    public bool IsFailing { get; set; }

    public string Place => store.Place;

    public IAsyncEnumerable<FoundBody> ListAsync(Guid owner, CancellationToken cancellationToken)
    {
        var isFailing = IsFailing;
        Interlocked.Increment(ref isFailing ? ref _failed : ref _listed);
        return isFailing ? throw new EngineUnavailableException("The store of bodies is away, as the test wants it.") : store.ListAsync(owner, cancellationToken);
    }

    public ValueTask<IBodyUpload> BeginAsync(BodyName name, CancellationToken cancellationToken) => store.BeginAsync(name, cancellationToken);

    public ValueTask<IBodyReader> OpenAsync(BodyName name, long length, long offset, CancellationToken cancellationToken) => store.OpenAsync(name, length, offset, cancellationToken);

    public ValueTask RemoveAsync(IReadOnlyCollection<BodyName> names, CancellationToken cancellationToken) => store.RemoveAsync(names, cancellationToken);

    public ValueTask EndUploadsAsync(Guid owner, DateTimeOffset before, CancellationToken cancellationToken) => store.EndUploadsAsync(owner, before, cancellationToken);

    public ValueTask DisposeAsync() => store.DisposeAsync();
}
