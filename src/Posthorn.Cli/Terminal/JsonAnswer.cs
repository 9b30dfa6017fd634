using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Posthorn.Client.Contracts;

namespace Posthorn.Cli.Terminal;

/// <summary>Answers for programs: the API's own documents.</summary>
internal static class JsonAnswer
{
    private static readonly PosthornJson Indented = Form(isIndented: true);
    private static readonly PosthornJson Lines = Form(isIndented: false);

    public static void Write<T>(TextWriter to, T answer, Func<PosthornJson, JsonTypeInfo<T>> type) =>
        to.WriteLine(JsonSerializer.Serialize(answer, type(Indented)));

    /// <summary>One of many: a document on a line.</summary>
    public static void WriteLine<T>(TextWriter to, T answer, Func<PosthornJson, JsonTypeInfo<T>> type) =>
        to.WriteLine(JsonSerializer.Serialize(answer, type(Lines)));

    private static PosthornJson Form(bool isIndented) => new(new JsonSerializerOptions(PosthornJson.Default.Options)
    {
        WriteIndented = isIndented,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // it goes to a terminal or a file, not into a web page
    });
}
