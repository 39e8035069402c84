"""What people ask a boutique for, by hand: things that it carries and things that it does not.

The first blocks of each boutique chose the bound of `agent.floor.search`; the misses of the unseen ones were read when
its table of everyday names was written; the fresh ones were written after everything else and only measured.
"""

DEMO_CARRIED = """
silk scarf with flowers|tote bag for the office|black evening gown|white sneakers|a warm winter coat|cashmere sweater
handbag|purse|gold earrings|pearl necklace|leather belt|sunglasses|lipstick in red|face cream|perfume|a scented candle
card holder|wallet for travel|trench coat|linen shirt|denim jeans|suit trousers|wool blazer|cocktail dress|loafers
high heels|stilettos|ankle boots|sandals for the beach|backpack|weekender bag|umbrella|swimsuit|wrist watch
bracelet for my wife|engagement ring|beanie|straw hat|leather gloves|hand cream|mascara|nail varnish|soap
something to wear to a wedding|cardigan|little black dress|t-shirt|jumper|shawl|clutch for the opera|eau de parfum
bikini|pullover|parka|raincoat|spectacles for the sun|serum for the face|make-up brush|toiletry bag|room fragrance
"""
DEMO_MISSING = """
bicycle|surfboard|laptop|vacuum cleaner|wine|chocolate|coffee machine|a sofa|dining table|television|guitar|piano
dog food|cat litter|baby stroller|diapers|toothbrush|toothpaste|lawn mower|power drill|screwdriver|car tyres
novel to read|children's books|video game|phone charger|headphones|camera|printer ink|fishing rod|tent for camping
sleeping bag|tennis racket|football|yoga mat|dumbbells|frying pan|kitchen knife|wine glasses|bed sheets|mattress
vitamins|painkillers|flowers for delivery|plane ticket|hotel room|socks|tights|lingerie|bra|pyjamas|necktie|bow tie
cufflinks|contact lenses|hearing aid|skis|ski boots|motorcycle helmet|running watch with gps|phone case
"""
BEAUTY_CARRIED = """
shampoo for dry hair|nail polish in red|mascara|night cream against wrinkles|sunscreen|hair dryer|flat iron|lipstick
eau de toilette for men|curling iron|makeup brushes|face mask|body lotion|hand cream|shaving cream|beard trimmer
hair dye|eyeliner|concealer|foundation|blush|eyebrow pencil|false lashes|nail file|cotton swabs|cuticle oil
bubble bath|bath salts|soap bar|acne treatment|toner|vitamin c serum|lip balm|lip gloss|self tanner
wig|hair extensions
headband|shower cap|makeup bag|magnifying mirror|essential oil lavender|argan oil|hair spray|dandruff shampoo
tweezers|eyelash curler|moisturiser for oily skin|straightener|perfume|nail varnish remover|hair gel|loofah|body scrub
"""
BEAUTY_MISSING = """
bicycle|surfboard|laptop|vacuum cleaner|bottle of red wine|dark chocolate|coffee machine|a sofa
dining table|television
guitar|piano|dog food|cat litter|baby stroller|lawn mower|power drill|car tyres|novel to read|video game|phone charger
headphones|camera|printer|fishing rod|camping tent|sleeping bag|tennis racket|football|yoga mat|dumbbells|frying pan
kitchen knife|wine glasses|bed sheets|mattress|evening gown|winter coat|running shoes|leather belt|silk scarf
wool sweater|jeans|swimsuit|wrist watch|engagement ring|handbag for the opera|umbrella|sunglasses|plane ticket
"""
DEMO_UNSEEN_CARRIED = """
crossbody bag|shoulder bag in black|evening clutch|minimalist tote|pumps|sneakers in white|chelsea boots|flat sandals
silk blouse|pleated skirt|jumpsuit|slip dress|day dress for summer|cashmere cardigan|turtleneck|wool trousers|tuxedo
denim jacket|rain jacket|knitted hat|sun hat|winter scarf|silk square|coin purse|passport cover|duffel bag|carry-on
pendant|hoop earrings|bangle|signet ring|steel watch|cat-eye sunglasses|cologne|body oil|cleanser|clay mask|eye shadow
powder compact|nail colour|sun cream|candle|wash bag|blanket stole|one-piece swimsuit|gift for a godmother under 100
"""
DEMO_UNSEEN_MISSING = """
electric scooter|kayak|tablet computer|blender|beer|pasta|toaster|bookshelf|office chair|projector|violin|drum kit
hamster cage|bird seed|pushchair|pacifier|dental floss|mouthwash|hedge trimmer|hammer|motor oil|cookbook|board game
usb cable|loudspeaker|tripod|keyboard for my computer|climbing rope|hiking backpack tent|golf clubs|basketball
rowing machine|saucepan|corkscrew|curtains|pillow|antibiotics|concert tickets|train ticket|life insurance|boxers
stockings|nightgown|kimono for judo|snow goggles|bowling ball|paint for the wall|cement
"""
BEAUTY_UNSEEN_CARRIED = """
conditioner for curly hair|gel nail kit|volumising mascara|eye cream for dark circles|spf 50 lotion|hot air brush
hair straightening brush|matte lipstick|men's cologne|hair rollers|foundation brush|clay mask|body butter|foot cream
razor|electric shaver|henna|liquid eyeliner|bb cream|bronzer|eyelash glue|nail clippers|cotton balls|bath bomb
hand soap|salicylic acid peel|witch hazel|retinol cream|lip liner|tanning lotion|ponytail holder|hair clips
cosmetic bag|vanity mirror|tea tree oil|coconut oil for hair|hair mousse|hair loss shampoo|nail art stickers
primer|makeup remover wipes|face wash|deodorant|sponge for foundation|glitter|eyebrow kit|hair mask
"""
BEAUTY_UNSEEN_MISSING = """
electric scooter|kayak|tablet computer|blender|beer|pasta|toaster|bookshelf|office chair|projector|violin|drum kit
hamster cage|bird seed|pushchair|hedge trimmer|hammer|motor oil|cookbook|board game|usb cable|loudspeaker|tripod
computer keyboard|climbing rope|golf clubs|basketball|rowing machine|saucepan|corkscrew|curtains|concert tickets
life insurance|wedding dress|high heels|ankle boots|cashmere cardigan|necktie|blazer|parka|linen trousers|loafers
leather wallet|suitcase|lingerie|bookends|paint for the wall|cement
"""

DEMO_FRESH_CARRIED = """
evening shoes|black pumps|gold necklace|silver ring|wool coat|camel coat|navy blazer
silk blouse in white|linen trousers
midi skirt|summer dress|velvet dress|cashmere scarf|leather tote|small shoulder bag|laptop backpack
travel bag|key case
card case in red|belt with a buckle|felt hat|cashmere gloves|aviator sunglasses|diamond bracelet|pearl earrings
automatic watch|rose perfume|body lotion|lip balm|nail polish in burgundy|face serum|clay mask for the face|hand soap
scented candle with fig|room spray|travel pouch|knitted cardigan|striped t-shirt|denim shirt|hiking boots|espadrilles
suit for work|trousers for the office|rainproof coat|jewellery for a wedding|clutch bag with beads
"""
DEMO_FRESH_MISSING = """
washing machine|fridge|microwave|bicycle helmet|skateboard|snowboard|trampoline|canoe paddle
aquarium|dog leash|cat toy
baby bottle|high chair|crayons|textbook|printer|router|hard disk|monitor|microphone|flute|harmonica
chess set|playing cards
barbecue|olive oil|honey|cheese|coffee beans|green tea|whisky|cigarettes|cough syrup|bandages|thermometer|lamp|carpet
wallpaper|ladder|wrench|garden hose|flower pot|tyre pump|windscreen wipers|wheelchair|museum pass|gym membership
"""
BEAUTY_FRESH_CARRIED = """
anti-frizz serum|leave-in conditioner|volumizing shampoo|purple shampoo|hair clay for men|aftershave|shaving brush
electric toothbrush head massager|eyeshadow palette|waterproof eyeliner|lip stain|setting powder
contour kit|makeup sponge
nude nail polish|top coat|acrylic nail kit|nail buffer|cuticle nipper|hand mask|foot file
epsom salt|bath oil|body spray
rose water|jojoba oil|shea butter|glycolic acid toner|eye mask|wrinkle cream|sunless tanner
after sun lotion|baby shampoo
hot rollers|crimping iron|diffuser for the dryer|bobby pins|hair elastics|bald cap wig|travel bottles|cosmetic mirror
blackhead remover|exfoliating gloves|pumice stone|beard oil|hair removal wax|pheromone perfume|black soap
"""
BEAUTY_FRESH_MISSING = """
washing machine|fridge|microwave|bicycle helmet|skateboard|snowboard|trampoline|canoe paddle|aquarium|dog leash
high chair|textbook|router|hard disk|monitor|microphone|flute|harmonica|chess set|barbecue|cheese|whisky|cigarettes
lamp|carpet|wallpaper|ladder|wrench|garden hose|tyre pump|windscreen wipers|wheelchair|museum pass|gym membership
raincoat|sandals|tuxedo|denim jacket|cufflinks|suit trousers|hiking boots|backpack for school|scarf for winter
pillow case for the sofa|bed linen|candlestick
"""


def listed(text: str) -> list[str]:
    """Return the queries of a block."""
    return [query.strip() for line in text.strip().splitlines() for query in line.split("|") if query.strip()]
