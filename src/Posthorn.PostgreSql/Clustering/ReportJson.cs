using System.Text.Json;
using Posthorn.Clustering;

namespace Posthorn.PostgreSql.Clustering;

/// <summary>A node's report as it stands in its row.</summary>
internal static class ReportJson
{
    private static readonly JsonSerializerOptions s_options = new() { PropertyNamingPolicy = JsonNamingPolicy.KebabCaseLower };

    public static string Write(NodeReport report) => JsonSerializer.Serialize(report, s_options);

    /// <summary>One that cannot be read is a later version's: its node is there all the same.</summary>
    public static NodeReport Read(string text)
    {
        try
        {
            var read = JsonSerializer.Deserialize<NodeReport>(text, s_options);
            return new NodeReport(read?.Version ?? "", read?.Doors ?? [], read?.Figures ?? NodeFigures.None);
        }
        catch (JsonException)
        {
            return NodeReport.None;
        }
    }
}
