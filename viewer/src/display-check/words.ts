/** What the display check says. */
export const WORDS = {
  title: { en: "Display check", de: "Monitorprüfung", vi: "Kiểm tra màn hình" },
  intro: {
    en: "Look at this pattern in the light in which you read, on the screen on which you read, at its own resolution.",
    de: "Betrachten Sie dieses Testbild bei dem Licht und auf dem Bildschirm, an dem Sie befunden, in dessen eigener Auflösung.",
    vi: "Hãy xem mẫu thử này dưới ánh sáng và trên màn hình bạn dùng để đọc phim, ở đúng độ phân giải của màn hình.",
  },
  fullScreen: { en: "Full screen", de: "Vollbild", vi: "Toàn màn hình" },
  back: { en: "Back to the studies", de: "Zurück zu den Studien", vi: "Về danh sách ca chụp" },
  pattern: { en: "Test pattern", de: "Testbild", vi: "Mẫu thử" },
  patternLabel: {
    en: "Test pattern with 18 grey patches, squares of 0/5 and 95/100 percent, ramps, line pairs and low contrast letters",
    de: "Testbild mit 18 Graufeldern, Quadraten mit 0/5 und 95/100 Prozent, Verläufen, Linienpaaren und kontrastarmen Buchstaben",
    vi: "Mẫu thử gồm 18 ô xám, ô vuông 0/5 và 95/100 phần trăm, dải chuyển xám, cặp vạch và chữ tương phản thấp",
  },
  should: { en: "What should be seen", de: "Was zu sehen sein soll", vi: "Những gì cần nhìn thấy" },
  patches: {
    en: "18 patches from black to white. All differ from their neighbours, and the steps look alike: that is what calibration to the Grayscale Standard Display Function (GSDF) gives.",
    de: "18 Felder von Schwarz bis Weiß. Jedes hebt sich vom Nachbarn ab und die Stufen wirken gleich groß: So ist es bei Kalibrierung nach der Grayscale Standard Display Function (GSDF).",
    vi: "18 ô từ đen đến trắng. Ô nào cũng khác ô bên cạnh và các bậc trông đều nhau: đó là kết quả hiệu chuẩn theo hàm hiển thị thang xám chuẩn (GSDF).",
  },
  corners: {
    en: "In the corners of every patch, four small squares a little lighter and darker (4 of 255 steps).",
    de: "In den Ecken jedes Feldes vier kleine Quadrate, etwas heller und dunkler (4 von 255 Stufen).",
    vi: "Ở bốn góc mỗi ô có ô vuông nhỏ sáng hơn và tối hơn một chút (4 trên 255 mức).",
  },
  squares: {
    en: "The inner square in black (5 in 0 %) and in white (95 in 100 %). If one is lost, brightness, contrast or the light in the room is wrong.",
    de: "Das innere Quadrat in Schwarz (5 in 0 %) und in Weiß (95 in 100 %). Fehlt eines, stimmen Helligkeit, Kontrast oder Raumlicht nicht.",
    vi: "Ô vuông bên trong nền đen (5 trong 0 %) và nền trắng (95 trong 100 %). Nếu mất một ô thì độ sáng, độ tương phản hoặc ánh sáng phòng chưa đúng.",
  },
  ramps: {
    en: "Ramps without steps, bands or tints of colour.",
    de: "Verläufe ohne Stufen, Streifen oder Farbstich.",
    vi: "Dải chuyển xám không có bậc, vằn hay ám màu.",
  },
  lines: {
    en: "In the middle and the corners, single lines of one and two pixels, apart from each other and equally sharp. Grey areas instead mean that the picture is scaled: set the screen to its own resolution and the browser to 100 %.",
    de: "In der Mitte und den Ecken einzelne Linien von einem und zwei Pixeln, getrennt und gleich scharf. Graue Flächen bedeuten, dass das Bild skaliert wird: eigene Auflösung des Bildschirms und Zoom 100 % einstellen.",
    vi: "Ở giữa và các góc, các vạch một và hai điểm ảnh tách rời và sắc nét như nhau. Nếu chỉ thấy mảng xám thì hình đang bị co giãn: hãy dùng độ phân giải gốc của màn hình và mức phóng 100 %.",
  },
  letters: {
    en: "The words QUALITY CONTROL on black, grey and white, paler letter by letter: at least eleven of fourteen letters on each.",
    de: "Die Wörter QUALITY CONTROL auf Schwarz, Grau und Weiß, Buchstabe für Buchstabe blasser: jeweils mindestens elf von vierzehn Buchstaben.",
    vi: "Dòng chữ QUALITY CONTROL trên nền đen, xám và trắng, mờ dần từng chữ: thấy ít nhất 11 trên 14 chữ ở mỗi nền.",
  },
  geometry: {
    en: "A straight grid to the very edge, and a round circle.",
    de: "Ein gerades Gitter bis zum Rand und ein runder Kreis.",
    vi: "Lưới thẳng đến tận mép và một hình tròn đều.",
  },
  measure: { en: "Measure with a photometer", de: "Mit einem Photometer messen", vi: "Đo bằng quang kế" },
  measureHelp: {
    en: "One of the 18 levels in the middle, 20 % around it. Next and previous level: arrow keys. Compare the luminances with DICOM PS3.14: each within 10 % (diagnostic) or 20 % (other use) of the GSDF's contrast.",
    de: "Eine der 18 Stufen in der Mitte, 20 % darum. Nächste und vorige Stufe: Pfeiltasten. Leuchtdichten mit DICOM PS3.14 vergleichen: Kontrast je Stufe innerhalb von 10 % (Befundung) oder 20 % (sonst) der GSDF.",
    vi: "Một trong 18 mức ở giữa, nền 20 % xung quanh. Chuyển mức: phím mũi tên. So sánh độ chói với DICOM PS3.14: tương phản từng mức lệch không quá 10 % (chẩn đoán) hoặc 20 % (mục đích khác) so với GSDF.",
  },
  level: {
    en: "Level {number} of 18: grey {grey} of 255",
    de: "Stufe {number} von 18: Grau {grey} von 255",
    vi: "Mức {number}/18: xám {grey}/255",
  },
  previous: { en: "Previous level", de: "Vorige Stufe", vi: "Mức trước" },
  next: { en: "Next level", de: "Nächste Stufe", vi: "Mức sau" },
  notCalibrated: {
    en: "A browser can neither calibrate nor measure a screen. This check is for the eye, each day; it does not replace acceptance and constancy tests.",
    de: "Ein Browser kann einen Bildschirm weder kalibrieren noch messen. Diese tägliche Sichtprüfung ersetzt keine Abnahme- und Konstanzprüfung.",
    vi: "Trình duyệt không thể hiệu chuẩn hay đo màn hình. Đây là bước kiểm tra bằng mắt hằng ngày, không thay thế kiểm định nghiệm thu và kiểm tra độ ổn định.",
  },
  source: {
    en: "After AAPM TG18 and TG270 (patterns), DICOM PS3.14 (GSDF). This drawing is our own.",
    de: "Nach AAPM TG18 und TG270 (Testbilder), DICOM PS3.14 (GSDF). Die Zeichnung ist unsere eigene.",
    vi: "Theo AAPM TG18 và TG270 (mẫu thử), DICOM PS3.14 (GSDF). Hình vẽ do chúng tôi tự dựng.",
  },
} as const;
