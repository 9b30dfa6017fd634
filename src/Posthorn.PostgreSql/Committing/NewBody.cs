namespace Posthorn.PostgreSql.Committing;

/// <summary>A small body that a batch writes.</summary>
internal sealed record NewBody(long Id, byte[] Bytes);
