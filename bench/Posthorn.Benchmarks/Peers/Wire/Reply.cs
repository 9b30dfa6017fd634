using System.Buffers.Text;
using System.Text;

namespace Posthorn.Benchmarks.Peers.Wire;

/// <summary>Looks at a server's answer. What is not as it must be ends the measurement: a figure of refused requests is none.</summary>
internal static class Reply
{
    /// <exception cref="InvalidDataException">The answer does not begin so.</exception>
    public static ReadOnlyMemory<byte> MustBegin(this ReadOnlyMemory<byte> answer, ReadOnlySpan<byte> start) =>
        answer.Span.StartsWith(start) ? answer : throw Unexpected(answer.Span);

    /// <summary>The number after so many bytes.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public static long NumberAt(this ReadOnlyMemory<byte> answer, int at) => answer.Span.NumberAt(at);

    /// <inheritdoc cref="NumberAt(ReadOnlyMemory{byte}, int)"/>
    /// <param name="answer">A line.</param>
    /// <param name="at">Where its number begins.</param>
    /// <param name="format">x where it is hexadecimal.</param>
    public static long NumberAt(this ReadOnlySpan<byte> answer, int at, char format = 'G') =>
        Utf8Parser.TryParse(answer[at..], out long number, out _, format) ? number : throw Unexpected(answer);

    public static InvalidDataException Unexpected(ReadOnlySpan<byte> answer) => new($"The server answered: {Encoding.UTF8.GetString(answer)}");
}
