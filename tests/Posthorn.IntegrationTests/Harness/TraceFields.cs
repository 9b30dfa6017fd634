using System.Text;

namespace Posthorn.IntegrationTests.Harness;

/// <summary>The trace fields that servers put in front of a mail.</summary>
internal static class TraceFields
{
    /// <summary>What is left of a mail after exactly these fields, in this order, with their continuation lines.</summary>
    public static byte[] Strip(byte[] mail, params string[] names)
    {
        var text = Encoding.Latin1.GetString(mail);
        var at = 0;
        foreach (var name in names)
        {
            if (!text.AsSpan(at).StartsWith(name + ": ", StringComparison.Ordinal))
                throw new InvalidOperationException($"Expected the field '{name}' here: {text.Substring(at, Math.Min(200, text.Length - at))}");
            do
            {
                var end = text.IndexOf('\n', at);
                at = end < 0 ? text.Length : end + 1;
            }
            while (at < text.Length && text[at] is ' ' or '\t');
        }
        return mail[at..];
    }

    public static string Strip(string mail, params string[] names) => Encoding.Latin1.GetString(Strip(Encoding.Latin1.GetBytes(mail), names));
}
