namespace Posthorn.IntegrationTests.Harness;

/// <summary>An IMAP server's answer to a command.</summary>
/// <param name="Status">The tagged line without its tag: <c>OK [READ-WRITE] …</c>.</param>
/// <param name="Untagged">What came before it, each with its <c>*</c>.</param>
internal sealed record ImapAnswer(string Status, IReadOnlyList<string> Untagged)
{
    public bool IsOk => Kind == "OK";

    /// <summary><c>OK</c>, <c>NO</c> or <c>BAD</c>.</summary>
    public string Kind => Status.Split(' ', 2)[0];

    public ImapAnswer Expect(string kind) => Kind == kind ? this : throw new InvalidOperationException($"Expected {kind}, got: {this}");

    public override string ToString() => string.Join("\n", [.. Untagged, Status]);
}
