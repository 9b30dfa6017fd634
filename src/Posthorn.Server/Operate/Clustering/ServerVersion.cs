using System.Reflection;

namespace Posthorn.Server.Operate.Clustering;

/// <summary>The version of this program.</summary>
internal static class ServerVersion
{
    public static string Text { get; } =
        typeof(ServerVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";
}
