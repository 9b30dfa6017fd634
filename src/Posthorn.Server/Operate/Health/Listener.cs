using System.Net;

namespace Posthorn.Server.Operate.Health;

/// <summary>A door and where it listens.</summary>
/// <param name="Door">Its key below <c>listen</c>: <c>smtp</c>, <c>http</c>, …</param>
/// <param name="EndPoint">The actual place: a port 0 is resolved.</param>
public sealed record Listener(string Door, IPEndPoint EndPoint)
{
    public override string ToString() => $"{Door} {EndPoint}";
}
