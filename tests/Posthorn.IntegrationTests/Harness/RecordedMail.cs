using System.Text;

namespace Posthorn.IntegrationTests.Harness;

/// <summary>A mail as a server got it: content as on the wire, without dot-stuffing and without the final dot. The hash is that of what follows the header.</summary>
internal sealed record RecordedMail(string Sender, IReadOnlyList<string> Recipients, string MailCommand, byte[] Content, long Length, string BodySha256)
{
    /// <summary>The header as Latin-1 text.</summary>
    public string Header
    {
        get
        {
            var end = Content.AsSpan().IndexOf("\r\n\r\n"u8);
            return Encoding.Latin1.GetString(end < 0 ? Content : Content.AsSpan(0, end + 2));
        }
    }

    /// <summary>The value of a one-line header field; null when it is missing.</summary>
    public string? Field(string name) => Header.Split("\r\n")
        .Where(l => l.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)).Select(l => l[(name.Length + 1)..].Trim()).FirstOrDefault();
}
