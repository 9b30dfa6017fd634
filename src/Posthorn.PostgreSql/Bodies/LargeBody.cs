using Posthorn.Bodies;

namespace Posthorn.PostgreSql.Bodies;

/// <summary>A large body's row: its id, and what its store calls it.</summary>
/// <param name="Id">The row's id.</param>
/// <param name="Name">Its name in its store.</param>
/// <param name="IsOutside">Whether that is the store outside of the database rather than the table of chunks.</param>
internal readonly record struct LargeBody(long Id, BodyName Name, bool IsOutside);
