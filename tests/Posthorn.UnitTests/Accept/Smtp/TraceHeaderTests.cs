using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Text;
using Posthorn.Server.Accept.Smtp;
using Posthorn.Server.Connections;
using Shouldly;
using Xunit;

namespace Posthorn.UnitTests.Accept.Smtp;

public sealed class TraceHeaderTests
{
    private static readonly TraceHeader s_header = new()
    {
        Hello = "client.example",
        Peer = new ClientPeer(IPAddress.Parse("192.0.2.7"), 1, "0H1"),
        Hostname = "mx.example.test",
        Door = SmtpDoor.Smtp,
        IsExtended = true,
        IsAuthenticated = false,
        IsSmtpUtf8 = false,
        Cipher = null,
        Id = "0H1-1",
        Recipient = null,
        Time = new DateTimeOffset(2026, 11, 21, 8, 4, 0, TimeSpan.Zero),
    };

    [Theory]
    [InlineData(SmtpDoor.Smtp, false, false, false, false, "SMTP")]
    [InlineData(SmtpDoor.Smtps, false, true, true, false, "SMTP")] // RFC 3848 has no word for HELO within TLS
    [InlineData(SmtpDoor.Smtp, true, false, false, false, "ESMTP")]
    [InlineData(SmtpDoor.Smtp, true, true, false, false, "ESMTPS")]
    [InlineData(SmtpDoor.Smtp, true, false, true, false, "ESMTPA")]
    [InlineData(SmtpDoor.Smtps, true, true, true, false, "ESMTPSA")]
    [InlineData(SmtpDoor.Smtp, true, false, false, true, "UTF8SMTP")]
    [InlineData(SmtpDoor.Smtp, true, true, true, true, "UTF8SMTPSA")]
    [InlineData(SmtpDoor.Lmtp, true, false, false, false, "LMTP")]
    [InlineData(SmtpDoor.Lmtp, true, true, true, false, "LMTPSA")]
    [InlineData(SmtpDoor.Lmtp, true, true, false, true, "UTF8LMTPS")]
    public void The_protocol_is_named_as_registered(SmtpDoor door, bool isExtended, bool isTls, bool isAuthenticated, bool isUtf8, string protocol) =>
        (s_header with
        {
            Door = door, IsExtended = isExtended, Cipher = isTls ? TlsCipherSuite.TLS_AES_256_GCM_SHA384 : null, IsAuthenticated = isAuthenticated, IsSmtpUtf8 = isUtf8,
        }).Protocol.ShouldBe(protocol);

    [Fact]
    public void It_says_who_gave_it_to_whom_how_and_when()
    {
        Text(s_header).ShouldBe(
            "Received: from client.example ([192.0.2.7])\r\n\tby mx.example.test (Posthorn) with ESMTP id 0H1-1;\r\n\tSat, 21 Nov 2026 08:04:00 +0000\r\n");
        Text(s_header with
        {
            Peer = new ClientPeer(IPAddress.Parse("2001:db8::7"), 1, "0H1"), Cipher = TlsCipherSuite.TLS_AES_256_GCM_SHA384, Recipient = "mq@example.test",
        }).ShouldBe(
            "Received: from client.example ([IPv6:2001:db8::7])\r\n\tby mx.example.test (Posthorn) with ESMTPS id 0H1-1\r\n\tfor <mq@example.test>"
            + "\r\n\ttls TLS_AES_256_GCM_SHA384;\r\n\tSat, 21 Nov 2026 08:04:00 +0000\r\n");
        Text(s_header with { Peer = new ClientPeer(null, 0, "0H1") }).ShouldStartWith("Received: from client.example (unknown)\r\n");
    }

    private static string Text(TraceHeader header)
    {
        var output = new ArrayBufferWriter<byte>();
        header.Write(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
