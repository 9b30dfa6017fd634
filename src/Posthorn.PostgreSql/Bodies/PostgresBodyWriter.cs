using Posthorn.Bodies;

namespace Posthorn.PostgreSql.Bodies;

/// <summary>Takes a body as it streams in: up to the inline limit in memory, beyond that into its store, behind a row that nothing refers to yet.</summary>
/// <param name="bodies">The rows and the stores.</param>
/// <param name="inlineMax">Most bytes that stay in memory; -1 for none.</param>
internal sealed class PostgresBodyWriter(LargeBodies bodies, int inlineMax) : StoreBodyWriter(inlineMax)
{
    private LargeBody _body;

    protected override async ValueTask<IBodyUpload> BeginAsync(CancellationToken cancellationToken)
    {
        _body = await bodies.BeginAsync(cancellationToken);
        try
        {
            return await bodies.UploadAsync(_body, cancellationToken);
        }
        catch
        {
            await bodies.RemoveUnnamedAsync(_body);
            throw;
        }
    }

    protected override async ValueTask TouchAsync(CancellationToken cancellationToken) => await bodies.TouchAsync(_body, cancellationToken);

    protected override async ValueTask<Body> EndAsync(long length, CancellationToken cancellationToken) => await bodies.EndAsync(_body, length, cancellationToken);

    protected override async ValueTask RemoveAsync() => await bodies.RemoveUnnamedAsync(_body);
}
