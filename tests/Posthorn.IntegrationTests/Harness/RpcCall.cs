namespace Posthorn.IntegrationTests.Harness;

/// <summary>A call of an RPC endpoint.</summary>
/// <param name="Endpoint">Which.</param>
/// <param name="Id">The <c>webhook-id</c>.</param>
/// <param name="Account">Whose it is.</param>
/// <param name="Body">What was posted.</param>
internal sealed record RpcCall(string Endpoint, string Id, string Account, string Body)
{
    private volatile bool _isAnswered;

    /// <summary>Whether it was let through; the caller may have gone before.</summary>
    public bool IsAnswered { get => _isAnswered; set => _isAnswered = value; }
}
