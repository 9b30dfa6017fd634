namespace Posthorn.Server.Deliver.Endpoints;

/// <summary>
/// The two clients for endpoints: one that connects to public addresses alone, one that may connect to private ones. Each has connections of its own,
/// so that none that was opened for one who may is used by one who may not.
/// </summary>
internal sealed class EndpointClients : IDisposable
{
    private readonly EndpointClient _public;
    private readonly EndpointClient _any;

    /// <param name="time">The clock of time-outs.</param>
    /// <param name="handler">Makes the connections, told whether private addresses are allowed; null takes real ones.</param>
    public EndpointClients(TimeProvider time, Func<bool, HttpMessageHandler>? handler = null)
    {
        handler ??= EndpointClient.Handler;
        _public = new EndpointClient(time, handler(false));
        _any = new EndpointClient(time, handler(true));
    }

    public EndpointClient For(bool allowsPrivate) => allowsPrivate ? _any : _public;

    public void Dispose()
    {
        _public.Dispose();
        _any.Dispose();
    }
}
