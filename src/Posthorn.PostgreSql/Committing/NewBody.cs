namespace Posthorn.PostgreSql.Committing;

/// <summary>A small body that a batch writes.</summary>
/// <param name="Id">Its id, if it becomes a row of <c>bodies</c>.</param>
/// <param name="Bytes">Its bytes.</param>
/// <param name="IsShared">Whether messages of other batches will have it, too.</param>
internal sealed record NewBody(long Id, byte[] Bytes, bool IsShared = false);
