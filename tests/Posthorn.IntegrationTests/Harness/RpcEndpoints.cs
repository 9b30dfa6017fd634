using System.Collections.Concurrent;
using System.Globalization;
using System.Net;

namespace Posthorn.IntegrationTests.Harness;

/// <summary>An application's RPC endpoints: each path is one, notes who called it in order, and answers 204, or not before it is told to.</summary>
internal sealed class RpcEndpoints : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _gates = new(StringComparer.Ordinal);
    private readonly Lock _gate = new(); // guards the calls
    private readonly List<RpcCall> _calls = [];
    private readonly Task _loop;

    public RpcEndpoints()
    {
        Port = FreePort.Take();
        _listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}/"));
        _listener.Start();
        _loop = Task.Run(ListenAsync);
    }

    public int Port { get; }

    /// <summary>All calls of an endpoint so far, those without an answer included.</summary>
    public IReadOnlyList<RpcCall> Calls(string endpoint)
    {
        lock (_gate)
            return [.. _calls.Where(call => call.Endpoint == endpoint)];
    }

    /// <summary>An endpoint takes calls and answers none, until <see cref="Answer"/>.</summary>
    public void Hang(string endpoint) => _gates[endpoint] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Answer(string endpoint) => _gates[endpoint].TrySetResult();

    public async ValueTask DisposeAsync()
    {
        foreach (var gate in _gates.Values)
            gate.TrySetResult();
        _listener.Close();
        await _loop;
    }

    private async Task ListenAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return; // closed
            }
            _ = ServeAsync(context);
        }
    }

    private async Task ServeAsync(HttpListenerContext context)
    {
        var endpoint = context.Request.Url!.AbsolutePath.Trim('/');
        try
        {
            using var reader = new StreamReader(context.Request.InputStream);
            var body = await reader.ReadToEndAsync();
            var gate = _gates.GetValueOrDefault(endpoint);
            var call = new RpcCall(endpoint, context.Request.Headers["webhook-id"]!, context.Request.Headers["posthorn-attribute-account"]!, body);
            lock (_gate)
                _calls.Add(call);
            if (gate is not null)
                await gate.Task;
            call.IsAnswered = true;
            context.Response.StatusCode = 204;
            context.Response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or IOException or ObjectDisposedException)
        {
            // The caller is gone: killed, or tired of waiting. It calls again.
        }
    }
}
