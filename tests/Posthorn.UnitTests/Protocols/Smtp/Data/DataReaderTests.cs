using System.Buffers;
using System.Text;
using Posthorn.Protocols.Smtp.Data;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Protocols.Smtp.Data;

public sealed class DataReaderTests
{
    /// <summary>What is sent (up to and with the end), what the mail is, and whether it has a bare CR or LF.</summary>
    public static TheoryData<string, string, bool> Dialogues => new()
    {
        { ".\r\n", "", false }, // an empty mail: the CRLF of the DATA line is the first half of the end
        { "a\r\n.\r\n", "a\r\n", false },
        { "\r\n.\r\n", "\r\n", false },
        { "..\r\n.\r\n", ".\r\n", false }, // a first line that is a dot
        { "..a\r\n.\r\n", ".a\r\n", false },
        { "...\r\n.\r\n", "..\r\n", false },
        { ".a\r\n.\r\n", "a\r\n", false }, // a dot that nobody doubled goes all the same (RFC 5321 4.5.2)
        { "a\r\n..b\r\n.c\r\n..\r\n.\r\n", "a\r\n.b\r\nc\r\n.\r\n", false },
        { "a.\r\n.b.\r\n.\r\n", "a.\r\nb.\r\n", false },
        { "Subject: x\r\n\r\nbody\r\n.\r\n", "Subject: x\r\n\r\nbody\r\n", false },
        // Nothing but CRLF.CRLF is an end.
        { "a\n.\nb\r\n.\r\n", "a\n.\nb\r\n", true },
        { "a\n.\r\nb\r\n.\r\n", "a\n.\r\nb\r\n", true },
        { "a\r.\rb\r\n.\r\n", "a\r.\rb\r\n", true },
        { "a\r.\r\nb\r\n.\r\n", "a\r.\r\nb\r\n", true },
        { "a\r\n.\rb\r\n.\r\n", "a\r\n\rb\r\n", true },
        { "a\r\n.\nb\r\n.\r\n", "a\r\n\nb\r\n", true },
        { "a\r\n.\r\r\n.\r\n", "a\r\n\r\r\n", true },
        { "a\n\r\n.\r\n", "a\n\r\n", true },
        { "a\r\r\n.\r\n", "a\r\r\n", true },
        { "\n.\r\n.\r\n", "\n.\r\n", true },
        { "\r.\r\n.\r\n", "\r.\r\n", true },
        { "\r\r\n.\r\n", "\r\r\n", true },
        { ".\r.\r\n.\r\n", "\r.\r\n", true },
        { "a\0b\x7f\u00e9\r\n.\r\n", "a\0b\x7f\u00e9\r\n", false },
    };

    [Theory]
    [MemberData(nameof(Dialogues))]
    public void A_mail_is_what_was_sent_without_the_dots_wherever_the_bytes_are_cut(string sent, string mail, bool hasBareNewline)
    {
        const string next = "QUIT\r\n.\r\n"; // what follows belongs to the next command
        var bytes = Encoding.UTF8.GetBytes(sent + next);
        foreach (var (first, second) in Pieces.InTwo(bytes))
        {
            foreach (var isOneSequence in new[] { true, false })
            {
                var reader = new DataReader();
                var output = new ArrayBufferWriter<byte>();
                var rest = isOneSequence
                    ? Read(reader, Pieces.Sequence(first, ReadOnlyMemory<byte>.Empty, second), output)
                    : Read(reader, new ReadOnlySequence<byte>(first), output).Concat(Read(reader, new ReadOnlySequence<byte>(second), output)).ToArray();
                reader.IsComplete.ShouldBeTrue();
                Encoding.UTF8.GetString(output.WrittenSpan).ShouldBe(mail);
                reader.Length.ShouldBe(output.WrittenCount);
                reader.HasBareNewline.ShouldBe(hasBareNewline);
                Encoding.UTF8.GetString(rest).ShouldBe(next);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Dialogues))]
    public void A_mail_read_byte_by_byte_ends_with_its_last_byte_and_not_before(string sent, string mail, bool hasBareNewline)
    {
        var reader = new DataReader();
        var output = new ArrayBufferWriter<byte>();
        foreach (var b in Encoding.UTF8.GetBytes(sent))
        {
            reader.IsComplete.ShouldBeFalse();
            Read(reader, new ReadOnlySequence<byte>([b]), output).ShouldBeEmpty();
        }
        reader.IsComplete.ShouldBeTrue();
        Encoding.UTF8.GetString(output.WrittenSpan).ShouldBe(mail);
        reader.HasBareNewline.ShouldBe(hasBareNewline);
    }

    [Fact]
    public void Any_bytes_read_as_the_simplest_reader_reads_them()
    {
        var random = new Random(20261121);
        var alphabet = "\r\n.\r\n.a"u8.ToArray();
        for (var run = 0; run < 20_000; run++)
        {
            var bytes = new byte[random.Next(1, 40)];
            for (var i = 0; i < bytes.Length; i++)
                bytes[i] = alphabet[random.Next(alphabet.Length)];
            byte[] sent = [.. bytes, .. "\r\n.\r\n"u8];
            var (mail, used, hasBare) = Simplest(sent);
            var reader = new DataReader();
            var output = new ArrayBufferWriter<byte>();
            var left = new List<byte>();
            foreach (var piece in Pieces.AtRandom(sent, random, lengthMax: 5))
                left.AddRange(reader.IsComplete ? piece : Read(reader, new ReadOnlySequence<byte>(piece), output));
            reader.IsComplete.ShouldBeTrue();
            output.WrittenSpan.SequenceEqual(mail).ShouldBeTrue($"run {run}: {Encoding.ASCII.GetString(sent)}");
            left.ShouldBe(sent[used..]);
            reader.HasBareNewline.ShouldBe(hasBare);
        }
    }

    [Fact]
    public void A_line_of_64_MB_passes_in_pieces_without_being_held()
    {
        var piece = new byte[64 * 1024];
        Array.Fill(piece, (byte)'x');
        var reader = new DataReader();
        var counter = new CountingWriter();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1024; i++)
            reader.Read(ref Sequence(piece), counter);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000_000);
        counter.Written.ShouldBe(64L << 20);
        reader.IsComplete.ShouldBeFalse();
        reader.Read(ref Sequence("\r\n.\r\n"u8.ToArray()), counter);
        reader.IsComplete.ShouldBeTrue();
        reader.Length.ShouldBe((64L << 20) + 2);
    }

    [Fact]
    public void Without_an_output_the_mail_is_counted_and_thrown_away()
    {
        var reader = new DataReader();
        reader.Read(ref Sequence("a\r\n..b\r\n.\r\n"u8.ToArray()), output: null);
        reader.IsComplete.ShouldBeTrue();
        reader.Length.ShouldBe(7);
    }

    private ReadOnlySequence<byte> _sequence;

    private ref ReadOnlySequence<byte> Sequence(byte[] bytes)
    {
        _sequence = new ReadOnlySequence<byte>(bytes);
        return ref _sequence;
    }

    private static byte[] Read(DataReader reader, ReadOnlySequence<byte> input, IBufferWriter<byte> output)
    {
        if (!reader.IsComplete)
            reader.Read(ref input, output);
        return input.ToArray();
    }

    /// <summary>RFC 5321 4.5.2, line by line.</summary>
    private static (byte[] Mail, int Used, bool HasBare) Simplest(byte[] sent)
    {
        var mail = new List<byte>();
        var at = 0;
        while (true)
        {
            var length = sent.AsSpan(at).IndexOf("\r\n"u8) + 2;
            var line = sent.AsSpan(at, length);
            at += length;
            if (line.SequenceEqual(".\r\n"u8))
                break;
            mail.AddRange(line[0] == '.' ? line[1..] : line);
        }
        var text = Encoding.Latin1.GetString([.. mail]).Replace("\r\n", "", StringComparison.Ordinal);
        return ([.. mail], at, text.AsSpan().ContainsAny('\r', '\n'));
    }

    private sealed class CountingWriter : IBufferWriter<byte>
    {
        private readonly byte[] _buffer = new byte[128 * 1024];

        public long Written { get; private set; }

        public void Advance(int count) => Written += count;

        public Memory<byte> GetMemory(int sizeHint = 0) => _buffer;

        public Span<byte> GetSpan(int sizeHint = 0) => _buffer;
    }
}
