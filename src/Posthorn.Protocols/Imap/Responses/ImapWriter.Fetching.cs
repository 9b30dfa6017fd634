using Posthorn.Protocols.Imap.Fetching;
using Posthorn.Protocols.Imap.Structure;

namespace Posthorn.Protocols.Imap.Responses;

/// <content>FETCH, item by item (RFC 9051 7.5.2).</content>
public sealed partial class ImapWriter
{
    private bool _hasFetchItem;

    /// <summary>Begins what is told of a message; <see cref="FetchEnd"/> ends it.</summary>
    public void FetchBegin(uint number)
    {
        Gather();
        Write("* "u8);
        Number(number);
        Write(" FETCH ("u8);
        _hasFetchItem = false;
    }

    /// <summary>Ends it.</summary>
    public void FetchEnd()
    {
        Write(")\r\n"u8);
        EndGathering();
    }

    /// <summary>UID.</summary>
    public void FetchUid(uint uid)
    {
        Item("UID "u8);
        Number(uid);
    }

    /// <summary>FLAGS.</summary>
    public void FetchFlags(IEnumerable<string> flags)
    {
        Item("FLAGS "u8);
        FlagList(flags);
    }

    /// <summary>MODSEQ.</summary>
    public void FetchModSeq(ulong value)
    {
        Item("MODSEQ ("u8);
        Number((long)value);
        Write(")"u8);
    }

    /// <summary>INTERNALDATE.</summary>
    public void FetchInternalDate(DateTimeOffset time)
    {
        Item("INTERNALDATE "u8);
        DateTime(time);
    }

    /// <summary>RFC822.SIZE.</summary>
    public void FetchSize(long bytes)
    {
        Item("RFC822.SIZE "u8);
        Number(bytes);
    }

    /// <summary>EMAILID (RFC 8474 5.1).</summary>
    /// <param name="id">Letters, digits, hyphen and underscore, 1 to 255.</param>
    public void FetchEmailId(string id)
    {
        Item("EMAILID ("u8);
        Text(id);
        Write(")"u8);
    }

    /// <summary>THREADID; null is NIL: threads have none here (RFC 8474 5.2).</summary>
    public void FetchThreadId(string? id)
    {
        Item(id is null ? "THREADID NIL"u8 : "THREADID ("u8);
        if (id is null)
            return;
        Text(id);
        Write(")"u8);
    }

    /// <summary>ENVELOPE.</summary>
    public void FetchEnvelope(MailStructure mail)
    {
        Item("ENVELOPE "u8);
        StructureWriter.Envelope(this, mail.Envelope);
    }

    /// <summary>BODYSTRUCTURE, or BODY without extension data.</summary>
    public void FetchStructure(MailStructure mail, bool isExtended)
    {
        Item(isExtended ? "BODYSTRUCTURE "u8 : "BODY "u8);
        StructureWriter.Body(this, mail.Root, isExtended);
    }

    /// <summary>BODY[…] and its old names: the literal's head. Just <paramref name="length"/> bytes must follow (<see cref="Output"/>).</summary>
    public void FetchBody(FetchItem.Body item, long length)
    {
        Label(item);
        LiteralHead(length, isBinary: false);
    }

    /// <summary>BODY[…] of a section that is not there.</summary>
    public void FetchBodyNil(FetchItem.Body item)
    {
        Label(item);
        Write("NIL"u8);
    }

    /// <summary>BINARY[…]: the literal's head. Just <paramref name="length"/> bytes must follow.</summary>
    /// <param name="item">What was asked for.</param>
    /// <param name="length">Bytes after decoding and cutting.</param>
    /// <param name="hasNul">Whether there is, or may be, a NUL among them: only <c>~{n}</c> may hold it (RFC 3516 4.2).</param>
    public void FetchBinary(FetchItem.Binary item, long length, bool hasNul)
    {
        Label(item);
        LiteralHead(length, hasNul);
    }

    /// <summary>BINARY[…] of a part that is not there.</summary>
    public void FetchBinaryNil(FetchItem.Binary item)
    {
        Label(item);
        Write("NIL"u8);
    }

    /// <summary>BINARY.SIZE[…].</summary>
    public void FetchBinarySize(PartPath part, long bytes)
    {
        Item("BINARY.SIZE["u8);
        Text(part.ToString());
        Write("] "u8);
        Number(bytes);
    }

    private void Item(ReadOnlySpan<byte> name)
    {
        if (_hasFetchItem)
            Write(" "u8);
        _hasFetchItem = true;
        Write(name);
    }

    private void Label(FetchItem.Binary item)
    {
        Item("BINARY["u8);
        Text(item.Part.ToString());
        Write("]"u8);
        Origin(item.Partial);
    }

    private void Label(FetchItem.Body item)
    {
        switch (item.Label)
        {
            case BodyLabel.Rfc822:
                Item("RFC822 "u8);
                return;
            case BodyLabel.Rfc822Header:
                Item("RFC822.HEADER "u8);
                return;
            case BodyLabel.Rfc822Text:
                Item("RFC822.TEXT "u8);
                return;
        }
        Item("BODY["u8);
        var section = item.Section;
        Text(section.Part.ToString());
        if (!section.Part.IsRoot && section.Text != SectionText.Whole)
            Write("."u8);
        Write(section.Text switch
        {
            SectionText.Header => "HEADER"u8,
            SectionText.HeaderFields => "HEADER.FIELDS ("u8,
            SectionText.HeaderFieldsNot => "HEADER.FIELDS.NOT ("u8,
            SectionText.Text => "TEXT"u8,
            SectionText.Mime => "MIME"u8,
            _ => default,
        });
        for (var i = 0; i < section.Fields.Count; i++)
        {
            if (i > 0)
                Write(" "u8);
            AString(section.Fields[i]);
        }
        Write(section.Fields.Count > 0 ? ")]"u8 : "]"u8);
        Origin(item.Partial);
    }

    private void Origin(PartialRange? partial)
    {
        if (partial is { } range)
        {
            Write("<"u8);
            Number(range.Offset);
            Write("> "u8);
        }
        else
        {
            Write(" "u8);
        }
    }
}
