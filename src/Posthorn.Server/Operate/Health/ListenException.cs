using System.Net;

namespace Posthorn.Server.Operate.Health;

/// <summary>A door cannot listen where it should; the message names the key and the remedy.</summary>
public sealed class ListenException(string door, IPEndPoint endPoint, string reason, Exception inner) : IOException($"listen.{door}: {reason}", inner)
{
    /// <summary>Its key below <c>listen</c>.</summary>
    public string Door { get; } = door;

    /// <summary>Where it should listen.</summary>
    public IPEndPoint EndPoint { get; } = endPoint;
}
