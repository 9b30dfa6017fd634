using System.Data.Common;
using Posthorn.PostgreSql.Rows;

namespace Posthorn.PostgreSql.Leasing;

/// <summary>A row of <see cref="GroupSql.Figures"/>.</summary>
/// <param name="Group">The group, empty for none.</param>
/// <param name="Messages">Messages that were not consumed.</param>
/// <param name="Ready">Those that can be received now.</param>
/// <param name="Leased">Those that consumers hold.</param>
/// <param name="Oldest">Since when the first is in the queue.</param>
/// <param name="OldestReady">Since when the first ready one is; null when none is ready.</param>
internal readonly record struct GroupFigures(string Group, long Messages, long Ready, long Leased, DateTimeOffset Oldest, DateTimeOffset? OldestReady)
{
    public static GroupFigures Read(DbDataReader row) => new(
        row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), RowReader.Time(row.GetInt64(4)), row.IsDBNull(5) ? null : RowReader.Time(row.GetInt64(5)));
}
