namespace Posthorn.Embedded.Consuming;

/// <summary>Where a queue finds its store: an open one, or the one that a host is to open.</summary>
internal interface IStoreSource
{
    /// <exception cref="InvalidOperationException">The host has not opened it yet.</exception>
    StoreContext Context { get; }
}
