using System.Security.Cryptography;
using System.Text;

namespace Posthorn.Server.Deliver.Webhooks;

/// <summary>
/// The group of a message whose URL depends on it: all that go to one endpoint are one group of the queue, so that each endpoint is leased for by
/// itself and none stands in another's way.
/// </summary>
internal static class LaneKey
{
    private const string Prefix = "webhook:";
    private const int LengthMax = 255;
    private const int HashLength = 32;

    /// <summary>The group of an endpoint.</summary>
    public static string Of(string endpoint)
    {
        var key = Prefix + endpoint;
        return key.Length <= LengthMax ? key : $"{key[..(LengthMax - HashLength - 1)]}#{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(endpoint)))[..HashLength]}";
    }

    /// <summary>Whether a group is an endpoint's.</summary>
    public static bool Is(string group) => group.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>The endpoint of a group, as far as it fits.</summary>
    public static string EndpointOf(string group) => group[Prefix.Length..];
}
