using System.Net;
using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Posthorn.UnitTests.Accept.Sqs;

/// <summary>What a client hears.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">The code of a refusal as the Query protocol has it; null of an answer.</param>
/// <param name="Message">The text of a refusal.</param>
/// <param name="Json">The answer in JSON.</param>
/// <param name="Text">The whole as it came.</param>
internal sealed record SqsReply(HttpStatusCode Status, string? Code, string? Message, JsonObject? Json, string Text)
{
    public XElement? Xml { get; init; }

    /// <summary>The texts of all elements of a name, in order.</summary>
    public string[] All(string element) => [.. Xml!.Descendants().Where(e => e.Name.LocalName == element).Select(e => e.Value)];
}
