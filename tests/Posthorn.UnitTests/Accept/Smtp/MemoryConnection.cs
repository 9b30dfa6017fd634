using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Posthorn.UnitTests.Accept.Smtp;

/// <summary>A connection without a network: what the server's side is given, and the client's end of the pipes.</summary>
internal sealed class MemoryConnection : ConnectionContext, IConnectionLifetimeNotificationFeature, IDuplexPipe
{
    private readonly Pipe _toServer;
    private readonly Pipe _toClient;
    private readonly CancellationTokenSource _stopping = new();

    public MemoryConnection(IPEndPoint? peer, PipeOptions? options = null)
    {
        _toServer = new Pipe(options ?? PipeOptions.Default);
        _toClient = new Pipe(options ?? PipeOptions.Default);
        ServerInput = new ObservedReader(_toServer.Reader);
        RemoteEndPoint = peer;
        Transport = this;
        Features.Set<IConnectionLifetimeNotificationFeature>(this);
    }

    public override string ConnectionId { get; set; } = "0HTEST";

    public override IFeatureCollection Features { get; } = new FeatureCollection();

    public override IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();

    public override IDuplexPipe Transport { get; set; }

    public CancellationToken ConnectionClosedRequested { get => _stopping.Token; set => throw new NotSupportedException(); }

    PipeReader IDuplexPipe.Input => ServerInput;

    PipeWriter IDuplexPipe.Output => _toClient.Writer;

    /// <summary>Where the server reads.</summary>
    public ObservedReader ServerInput { get; }

    /// <summary>Where the client writes.</summary>
    public PipeWriter ClientOutput => _toServer.Writer;

    /// <summary>Where the client reads.</summary>
    public PipeReader ClientInput => _toClient.Reader;

    public bool IsAborted { get; private set; }

    /// <summary>The server stops.</summary>
    public void RequestClose() => _stopping.Cancel();

    public override void Abort(ConnectionAbortedException abortReason)
    {
        IsAborted = true;
        _toServer.Writer.Complete(abortReason);
        _toClient.Reader.Complete(abortReason);
    }

    public override async ValueTask DisposeAsync()
    {
        await _toServer.Reader.CompleteAsync();
        await _toClient.Writer.CompleteAsync();
        _stopping.Dispose();
        await base.DisposeAsync();
    }
}
