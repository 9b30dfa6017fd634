using System.Collections.Concurrent;
using Posthorn.Leases;

namespace Posthorn.Server.Retrieve.Streams;

/// <summary>Tells streams what others do with the leases of their messages: a client of server-sent events settles over HTTP.</summary>
internal sealed class LeaseWatch
{
    private readonly ConcurrentDictionary<ReceiptHandle, HeldMessages> _streams = new();

    public void Add(ReceiptHandle handle, HeldMessages stream) => _streams[handle] = stream;

    public void Remove(ReceiptHandle handle) => _streams.TryRemove(handle, out _);

    /// <summary>A message was acked or given back.</summary>
    public void Settled(ReceiptHandle handle)
    {
        if (_streams.TryGetValue(handle, out var stream))
            stream.SettledByOthers(handle);
    }

    /// <summary>A lease was set to end so long from now.</summary>
    public void Extended(ReceiptHandle handle, TimeSpan visibility)
    {
        if (_streams.TryGetValue(handle, out var stream))
            stream.ExtendedByOthers(handle, visibility);
    }
}
