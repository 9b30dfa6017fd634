using System.Text;

namespace Posthorn.UnitTests.Deliver.Outgoing;

/// <summary>A mail as the fake server got it; sender and recipients are the whole commands.</summary>
internal sealed record ReceivedMail(int Connection, string Sender, IReadOnlyList<string> Recipients, byte[] Content, bool IsTls)
{
    public string Text => Encoding.UTF8.GetString(Content);

    public IReadOnlyList<string> Addresses => Recipients.Select(r => r[(r.IndexOf('<', StringComparison.Ordinal) + 1)..r.IndexOf('>', StringComparison.Ordinal)]).ToList();
}
