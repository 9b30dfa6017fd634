namespace Posthorn.Server.Connections;

/// <summary>A session of a protocol on one connection, as <see cref="DoorHandler"/> runs it.</summary>
internal interface IDoorSession : IHeartbeat, IAsyncDisposable
{
    /// <summary>Its connection, for who watches over it.</summary>
    LineConnection Connection { get; }

    /// <summary>Runs to the session's end; throws nothing.</summary>
    Task RunAsync();
}
