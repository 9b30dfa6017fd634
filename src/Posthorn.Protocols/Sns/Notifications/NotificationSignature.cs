using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Posthorn.Protocols.Sns.Notifications;

/// <summary>Signs what is sent to subscribers: RSA with PKCS #1 padding over the members in the order of their names, each as its name and value on lines of their own.</summary>
public static class NotificationSignature
{
    /// <summary>The text that is signed.</summary>
    /// <param name="members">Names and values; a value that is null is not there.</param>
    public static string Canonical(params IEnumerable<(string Name, string? Value)> members)
    {
        var text = new StringBuilder(512);
        foreach (var (name, value) in members.Where(m => m.Value is not null).OrderBy(m => m.Name, StringComparer.Ordinal))
            text.Append(name).Append('\n').Append(value).Append('\n');
        return text.ToString();
    }

    /// <summary>The signature as base 64.</summary>
    /// <param name="canonical">The text that is signed.</param>
    /// <param name="key">The key of the certificate that the message names.</param>
    /// <param name="version"><c>1</c> is SHA-1, <c>2</c> is SHA-256.</param>
    [SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "Version 1 of the protocol's signature, its default; version 2 is a topic's attribute.")]
    public static string Sign(string canonical, RSA key, string version)
    {
        var bytes = Encoding.UTF8.GetBytes(canonical);
        // A key may be used by one caller at a time.
        lock (key)
            return Convert.ToBase64String(key.SignData(bytes, version == "2" ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1));
    }
}
