using Posthorn.Messages;

namespace Posthorn.Server.Pipeline.Processors;

/// <summary>Recipients as the timeline names them.</summary>
internal static class RecipientList
{
    public static string[] Addresses(this IReadOnlyList<Recipient> recipients)
    {
        var addresses = new string[recipients.Count];
        for (var i = 0; i < addresses.Length; i++)
            addresses[i] = recipients[i].Address;
        return addresses;
    }
}
