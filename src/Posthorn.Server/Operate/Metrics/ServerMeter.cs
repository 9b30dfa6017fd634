using System.Diagnostics.Metrics;

namespace Posthorn.Server.Operate.Metrics;

/// <summary>The meter of the server's instruments; the engine has its own, <c>Posthorn</c>.</summary>
internal static class ServerMeter
{
    public const string Name = "Posthorn.Server";

    public static Meter Instance { get; } = new(Name);
}
