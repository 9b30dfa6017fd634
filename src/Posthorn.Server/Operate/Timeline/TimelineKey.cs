using System.Text;
using Posthorn.Messages;

namespace Posthorn.Server.Operate.Timeline;

/// <summary>
/// What an event can be found by, as 64 bits (FNV-1a, then mixed). Two keys that fall together cost a look at a wrong line, never a wrong answer:
/// every line that is found is compared.
/// </summary>
internal static class TimelineKey
{
    private const ulong FnvOffset = 14_695_981_039_346_656_037;
    private const ulong FnvPrime = 1_099_511_628_211;

    public static ulong OfMessage(MessageId id) => Mix(id.Value ^ 0x6D65_7373_6167_6500);

    public static ulong OfMessageIdField(string field) => OfText('i', Bare(field));

    public static ulong OfAddress(string address) => OfText('a', address);

    /// <summary>A Message-ID without its angle brackets.</summary>
    public static string Bare(string field) => field.Trim() is ['<', .. var inner, '>'] ? inner : field.Trim();

    /// <summary>All keys of an event; a key may come twice.</summary>
    public static void Collect(TimelineEvent happened, List<ulong> keys)
    {
        keys.Clear();
        keys.Add(OfMessage(happened.Message));
        if (happened.Origin != happened.Message)
            keys.Add(OfMessage(happened.Origin));
        if (happened.MessageIdField is { Length: > 0 } field)
            keys.Add(OfMessageIdField(field));
        if (happened.Sender is { Length: > 0 } sender)
            keys.Add(OfAddress(sender));
        foreach (var recipient in happened.Recipients)
            keys.Add(OfAddress(recipient));
    }

    private static ulong OfText(char kind, string text)
    {
        var hash = (FnvOffset ^ kind) * FnvPrime;
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            var length = Rune.ToLowerInvariant(rune).EncodeToUtf8(utf8);
            foreach (var b in utf8[..length])
                hash = (hash ^ b) * FnvPrime;
        }

        return Mix(hash);
    }

    // MurmurHash3's finalizer: FNV's high bits are weak, and files are searched by them.
    private static ulong Mix(ulong h)
    {
        h = (h ^ (h >> 33)) * 0xFF51_AFD7_ED55_8CCD;
        h = (h ^ (h >> 33)) * 0xC4CE_B9FE_1A85_EC53;
        return h ^ (h >> 33);
    }
}
