using Posthorn.Bodies;

namespace Posthorn.Cli.Migrating;

/// <summary>A store of bodies that several engines use in turn: none of them closes it.</summary>
/// <param name="store">The store.</param>
internal sealed class LentBodyStore(IBodyStore store) : IBodyStore
{
    public string Place => store.Place;

    public ValueTask<IBodyUpload> BeginAsync(BodyName name, CancellationToken cancellationToken) => store.BeginAsync(name, cancellationToken);

    public ValueTask<IBodyReader> OpenAsync(BodyName name, long length, long offset, CancellationToken cancellationToken) => store.OpenAsync(name, length, offset, cancellationToken);

    public ValueTask RemoveAsync(IReadOnlyCollection<BodyName> names, CancellationToken cancellationToken) => store.RemoveAsync(names, cancellationToken);

    public IAsyncEnumerable<FoundBody> ListAsync(Guid owner, CancellationToken cancellationToken) => store.ListAsync(owner, cancellationToken);

    public ValueTask EndUploadsAsync(Guid owner, DateTimeOffset before, CancellationToken cancellationToken) => store.EndUploadsAsync(owner, before, cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
