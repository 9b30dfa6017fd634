using System.Text;
using Posthorn.Commits;
using Posthorn.Journal.Format;
using Posthorn.Journal.Segments;
using Posthorn.Messages;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Journal.Format;

/// <summary>The bytes of docs/formats/journal.md: messages and idempotency keys.</summary>
public sealed class MessageCodecTests
{
    private static readonly LogPosition Somewhere = new(1, 2048);

    private static byte[] Written(MessageRecord record)
    {
        using var writer = new ByteWriter();
        MessageCodec.Write(writer, OperationKind.Add, record);
        return writer.Written.ToArray();
    }

    private static MessageRecord Mail(params string[] flags) => new()
    {
        Id = 7,
        Number = 3,
        Group = "g",
        Prefix = "pre"u8.ToArray(),
        Envelope = new Envelope("a@b", [new Recipient("c@d") { Headers = ["X: y"] }]),
        Attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["tag"] = "value" },
        Flags = flags,
        LastError = "451",
        DeduplicationId = "once",
    };

    [Fact]
    public void A_message_says_where_its_flags_are()
    {
        var operation = Written(Mail("\\Seen", "todo"));
        var at = BitConverter.ToUInt16(operation, 102);
        operation[at..(at + 12)].ShouldBe([2, 6, .. "\\Seen"u8, 5, .. "todo"u8]);
        Encoding.UTF8.GetString(operation, at + 13, 3).ShouldBe("451");
        MessageCodec.FlagList(operation).ToArray().ShouldBe(operation[at..(at + 12)]);
        MessageCodec.Flags(MessageCodec.FlagList(operation)).ShouldBe(["\\Seen", "todo"]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(17)]
    public void Attributes_come_back_as_they_were_and_are_written_again_as_they_came(int count)
    {
        var attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["größe"] = AttributeValue.Of("12", "Number") };
        for (var i = 1; i < count; i++)
            attributes[$"a{i}"] = AttributeValue.Of(new byte[] { 0, (byte)i }, type: null, isText: false);
        var operation = Written(Mail() with { Attributes = attributes });
        var read = MessageCodec.Read(operation, Somewhere);
        read.Attributes.Count.ShouldBe(count);
        read.Attributes.ToDictionary().ShouldBe(attributes);
        read.Attributes["größe"].ShouldBe(attributes["größe"]);
        read.Attributes.ContainsKey($"a{count - 1}").ShouldBe(count > 1);
        read.Attributes.ContainsKey("Größe").ShouldBeFalse();
        read.Attributes.TryGetValue("a", out _).ShouldBeFalse();
        Should.Throw<KeyNotFoundException>(() => read.Attributes[""]);
        Written(read).ShouldBe(operation);
    }

    [Fact]
    public void A_message_without_flags_says_so()
    {
        var operation = Written(Mail());
        BitConverter.ToUInt16(operation, 102).ShouldBe((ushort)1);
        MessageCodec.FlagList(operation).IsEmpty.ShouldBeTrue();
        MessageCodec.Flags([]).ShouldBeEmpty();
    }

    [Fact]
    public void Flags_are_found_where_an_earlier_program_did_not_say_where_they_are()
    {
        foreach (var flags in new string[][] { [], ["\\Seen"], ["a", "", "ö"] })
        {
            var operation = Written(Mail(flags));
            operation[102] = operation[103] = 0;
            MessageCodec.Flags(MessageCodec.FlagList(operation)).ShouldBe(flags);
        }
    }

    [Fact]
    public void Flags_are_found_behind_an_envelope_that_is_too_long_to_say_where()
    {
        var recipients = Enumerable.Range(0, 5_000).Select(i => new Recipient($"recipient-{i}@example.test")).ToArray();
        var operation = Written(Mail("x") with { Envelope = new Envelope("a@b", recipients) });
        BitConverter.ToUInt16(operation, 102).ShouldBe((ushort)0);
        MessageCodec.Flags(MessageCodec.FlagList(operation)).ShouldBe(["x"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_copy_carries_the_number_of_the_record_that_changed_the_message(bool isOfVersion1)
    {
        var operation = Written(Mail("x"));
        if (isOfVersion1)
        {
            // It ended behind the last error, with zeros up to a multiple of eight.
            var end = operation.AsSpan().LastIndexOf("once"u8) - 1;
            operation = [.. operation.AsSpan(0, end), .. new byte[-end & 7]];
            BitConverter.TryWriteBytes(operation, operation.Length);
        }
        MessageLayout.ModSeq(operation, 41).ShouldBe(41);
        byte[] copy = [.. operation, .. new byte[16]];
        MessageLayout.SetModSeq(copy, 40);
        (copy[10] & 64).ShouldBe(64);
        BitConverter.ToInt32(copy, 0).ShouldBe(operation.Length + 16);
        copy[^16..].ShouldBe([0, 0, 0, 0, 0, 0, 0, 0, 40, 0, 0, 0, 0, 0, 0, 0]);
        MessageLayout.ModSeq(copy, 41).ShouldBe(40);
        var read = MessageCodec.Read(copy, Somewhere);
        (read.LastError, read.DeduplicationId).ShouldBe(("451", isOfVersion1 ? null : "once"));
        read.Flags.ShouldBe(["x"]);
        copy[10] &= unchecked((byte)~64); // as a program reads it that does not know the flag
        MessageCodec.Read(copy, Somewhere).DeduplicationId.ShouldBe(isOfVersion1 ? null : "once");
    }

    [Theory]
    [InlineData("k")]
    [InlineData("a key")]
    [InlineData("a key of")]
    public void A_key_carries_what_its_commit_moved_behind_itself(string key)
    {
        AddedMessage[] added = [new(new MessageId(5), 2) { IsDuplicate = true }], moved = [new(new MessageId(6), 9), new(new MessageId(7), 0)];
        using var writer = new ByteWriter();
        KeyCodec.Write(writer, key, 1, 2);
        KeyCodec.Set(writer.Written, 1234, added, moved);
        var operation = writer.Written.ToArray();
        operation[^32..].ShouldBe([6, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        operation[40 + key.Length + 1].ShouldBe((byte)2);
        var read = KeyCodec.Read(operation);
        (read.Key, read.CommittedAt).ShouldBe((key, 1234));
        read.Added.ShouldBe(added);
        read.Moved.ShouldBe(moved);

        // What moves nothing is written as it always was.
        using var plain = new ByteWriter();
        KeyCodec.Write(plain, key, 1, 0);
        KeyCodec.Set(plain.Written, 1234, added, []);
        plain.Length.ShouldBe((40 + 1 + key.Length + 7) / 8 * 8);
        KeyCodec.Read(plain.Written).Moved.ShouldBeEmpty();
    }
}
