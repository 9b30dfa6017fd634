using Posthorn.Bodies;
using Posthorn.Engine;
using Posthorn.Journal.Format;

namespace Posthorn.PostgreSql.Bodies;

/// <summary>A body in the database, perhaps with its bytes at hand.</summary>
/// <param name="owner">The engine that read it: only it knows when the bytes at hand are gone.</param>
/// <param name="id">Its id.</param>
/// <param name="length">Its length.</param>
/// <param name="bytes">Its bytes, when they came along; they were checked.</param>
internal sealed class PostgresBody(object owner, long id, long length, byte[]? bytes) : Body
{
    public object Owner { get; } = owner;

    public long Id { get; } = id;

    public override long Length { get; } = length;

    public override ReadOnlyMemory<byte>? Bytes => bytes is null ? default(ReadOnlyMemory<byte>?) : bytes.AsMemory();

    public static long ChecksumOf(ReadOnlySpan<byte> bytes) => Checksum.Of(bytes);

    /// <exception cref="BodyLostException">The bytes are not those that were written.</exception>
    public static void Verify(ReadOnlySpan<byte> bytes, long checksum)
    {
        if (ChecksumOf(bytes) != checksum)
            throw new BodyLostException("The database returned other bytes than were written: the checksum is wrong.", isDamaged: true);
    }
}
